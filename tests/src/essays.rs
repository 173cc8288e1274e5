//! Commands, states, and a hook before changes.

use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
pub(crate) enum Progress {
    Draft,
    Review,
    Published,
    Archived,
}

/// A state machine, commands and a hook.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(words >= 0, "words are counted from 0"))]
pub(crate) struct Essay {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(validate(len(1..=40)))]
    title: String,
    #[db(default = "")]
    #[http(read_only)]
    slug: String,
    #[db(default = 0)]
    words: i64,
    #[db(default = 0)]
    #[http(read_only)]
    praise: i64,
    #[lifecycle(immutable)]
    language: Option<String>,
    #[lifecycle(states(initial = Draft,
        submit: Draft -> Review,
        reject: Review -> Draft,
        publish: Review -> Published if words >= 100,
        archive: Draft | Review | Published -> Archived))]
    progress: Progress,
}

#[derive(DomainEvent)]
pub(crate) struct Praised {
    points: i64,
    by: Option<String>,
}

#[derive(CommandError)]
pub(crate) enum PraiseError {
    #[error(status = 422, "praise is 1 to 5 points, not {points}")]
    OutOfRange { points: i64 },
    #[error(status = 409, "a draft is not praised")]
    Draft,
    #[error(status = 404, "there is no essay {number}")]
    NoOther { number: i64 },
}

#[commands]
impl Essay {
    /// Praises the essay.
    #[command(http = "POST /{id}:praise")]
    fn praise(
        &mut self,
        cx: &Context,
        points: i64,
        #[http(validate(len(1..=20)), normalize(trim))] by: Option<String>,
    ) -> Result<Praised, PraiseError> {
        let _ = cx.now();
        if !(1..=5).contains(&points) {
            return Err(PraiseError::OutOfRange { points });
        }
        if self.progress == Progress::Draft {
            return Err(PraiseError::Draft);
        }
        self.praise += points;
        Ok(Praised { points, by })
    }

    /// Gives words to another essay: both change, or neither does.
    #[command]
    fn give(&mut self, cx: &Context, to: i64, words: i64) -> Result<(), PraiseError> {
        self.words -= words;
        cx.update(&to, |other: &mut Self| other.words += words).ok_or(PraiseError::NoOther { number: to })
    }

    /// Breaks a rule that no caller could break.
    #[command]
    fn translate(&mut self, _cx: &Context, language: String) -> Result<(), PraiseError> {
        self.language = Some(language);
        Ok(())
    }

    /// A bug.
    #[command]
    fn divide(&mut self, _cx: &Context, by: i64) -> Result<(), PraiseError> {
        assert_ne!(by, 0, "nothing is divided by nothing");
        self.words /= by;
        Ok(())
    }
}

#[hooks]
impl Essay {
    #[hook(before(create, update))]
    fn slug(&mut self, _cx: &Context) {
        self.slug = self.title.to_lowercase().replace(' ', "-");
    }
}
