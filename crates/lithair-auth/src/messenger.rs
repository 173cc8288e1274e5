//! What users are sent, and who brings it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use lithair_model::HookError;

/// Brings tokens to users, by mail or otherwise. Called apart from the request, so that how long it takes tells nobody anything.
pub trait Messenger: Send + Sync + 'static {
    /// Brings one. What fails is tried again twice.
    fn bring(&self, notice: Notice) -> Delivery;
}

/// A delivery under way.
pub type Delivery = Pin<Box<dyn Future<Output = Result<(), HookError>> + Send>>;

impl<F, D> Messenger for F
where
    F: Fn(Notice) -> D + Send + Sync + 'static,
    D: Future<Output = Result<(), HookError>> + Send + 'static,
{
    fn bring(&self, notice: Notice) -> Delivery {
        Box::pin(self(notice))
    }
}

/// What a user is to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// To whom.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What.
    pub about: About,
}

/// What a user is told.
#[derive(Clone, PartialEq, Eq)]
pub enum About {
    /// Somebody registered with this address: the token proves that it was they. Good for a day.
    Verify(String),
    /// Somebody asked for a new password: the token allows it, once. Good for an hour.
    Reset(String),
    /// Somebody registered with this address, which is a user's already.
    AlreadyRegistered,
}

/// Without the token, which is the user's alone.
impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("email", &self.email).field("about", &self.about).finish_non_exhaustive()
    }
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verify(_) => "Verify(..)",
            Self::Reset(_) => "Reset(..)",
            Self::AlreadyRegistered => "AlreadyRegistered",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_shown_without_its_token() {
        let notice = |about: About| Notice { email: "ada@example.org".to_owned(), name: "Ada".to_owned(), about };
        for (about, shown) in [
            (About::Verify("canary".to_owned()), "Verify(..)"),
            (About::Reset("canary".to_owned()), "Reset(..)"),
            (About::AlreadyRegistered, "AlreadyRegistered"),
        ] {
            let expected = format!("Notice {{ email: \"ada@example.org\", about: {shown}, .. }}");
            assert_eq!(format!("{:?}", notice(about)), expected);
        }
    }
}
