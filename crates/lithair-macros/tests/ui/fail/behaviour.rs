use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Job {
    name: String,
}

#[commands]
impl Job {
    #[command(by = role(Editor), speed = 3)]
    fn a(&self, cx: &Context) -> Result<(), No> {
        Ok(())
    }

    #[command(http = "POST /{id}:other")]
    fn b(&mut self) -> Result<(), No> {
        Ok(())
    }

    #[command]
    async fn c(&mut self, cx: &Context) -> Result<(), No> {
        Ok(())
    }

    #[command]
    fn d(&mut self, cx: &Context, #[http(validate(len(3..=1)))] text: String) {}
}

#[hooks]
impl Job {
    #[hook(after(create), outbox)]
    fn e(&mut self, cx: &Context) {}

    #[hook(before(delete))]
    fn f(&mut self, cx: &Context) {}

    #[hook]
    fn g(&mut self, cx: &Context) {}

    #[hook(before(create))]
    fn h(&mut self, cx: &Context, more: i64) {}

    #[hook(after(delete), outbox)]
    async fn i(was: &Job, is: &Job, fx: &Effects) -> Result<(), HookError> {
        Ok(())
    }

    #[hook(after(update, rename), outbox)]
    async fn j(job: &Job, fx: &Effects) -> Result<(), HookError> {
        Ok(())
    }

    #[hook(after(update))]
    async fn k(job: &Job, fx: &Effects) -> Result<(), HookError> {
        Ok(())
    }
}

#[commands(now)]
impl Clone for Job {
    fn clone(&self) -> Self {
        Self { name: String::new() }
    }
}

#[derive(DomainEvent)]
struct Done(i64);

#[derive(DomainEvent)]
#[event(title = "x")]
enum Never {}

#[derive(CommandError)]
enum No {
    Silent,
    #[error(status = 500, "ours")]
    Ours,
    #[error("no status")]
    Bare,
    #[error(status = 409, "{0}")]
    Unnamed(i64),
}

fn main() {}
