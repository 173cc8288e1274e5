//! Hooks after changes.

use lithair_core::prelude::*;

/// Leaves lines in a file outside, named by `ACCEPTANCE_OUTBOX`.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Parcel {
    #[db(primary_key, auto = sequence)]
    number: i64,
    receiver: String,
    #[db(default = 0)]
    #[http(read_only)]
    thanks: i64,
    #[lifecycle(states(initial = Packed, send: Packed -> Sent))]
    way: Way,
}

#[derive(DeclarativeEnum)]
pub(crate) enum Way {
    Packed,
    Sent,
}

#[derive(DomainEvent)]
pub(crate) struct Labelled {
    number: i64,
    text: String,
}

#[commands]
impl Parcel {
    #[command]
    fn label(&mut self, _cx: &Context, text: String) -> Result<Labelled, std::convert::Infallible> {
        Ok(Labelled { number: self.number, text })
    }
}

#[hooks]
impl Parcel {
    #[hook(after(create), outbox)]
    async fn announce(parcel: &Parcel, fx: &Effects) -> Result<(), HookError> {
        outside(&format!("create {} {}", parcel.receiver, fx.key()))
    }

    #[hook(after(label), outbox)]
    async fn print(label: &Labelled, fx: &Effects) -> Result<(), HookError> {
        assert_ne!(label.text, "panic", "a bug of the hook");
        outside(&format!("label {} {}", label.text, fx.key()))?;
        let number = label.number;
        fx.transaction(move |records| {
            records.update(&number, |parcel: &mut Parcel| parcel.thanks += 1);
            Ok::<_, std::convert::Infallible>(())
        })
        .await
    }

    #[hook(after(send), outbox)]
    async fn track(way: &Transitioned, fx: &Effects) -> Result<(), HookError> {
        outside(&format!("send {}-{} {}", way.from, way.to, fx.key()))
    }
}

/// Adds a line to the file outside; while there is a file of the same name with `.down`, nobody is there.
pub(crate) fn outside(line: &str) -> Result<(), HookError> {
    let Some(path) = std::env::var_os("ACCEPTANCE_OUTBOX").map(std::path::PathBuf::from) else { return Ok(()) };
    if path.with_extension("down").exists() {
        return Err(HookError::new("nobody is there"));
    }
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    Ok(std::io::Write::write_all(&mut file, format!("{line}\n").as_bytes())?)
}
