use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Job {
    name: String,
}

#[hooks]
impl Job {
    #[schedule(every = "5 minutes")]
    fn a(cx: &Context, due: Timestamp) {}

    #[schedule(cron = "0 25 * * *")]
    fn b(cx: &Context, due: Timestamp) {}

    #[schedule(cron = "0 0 30 feb *")]
    fn c(cx: &Context, due: Timestamp) {}

    #[schedule(daily = "03:00")]
    fn d(cx: &Context, due: Timestamp) {}

    #[schedule]
    fn e(cx: &Context, due: Timestamp) {}

    #[schedule(every = "5m")]
    async fn f(cx: &Context, due: Timestamp) {}

    #[schedule(every = "5m")]
    fn g(&mut self, cx: &Context) {}

    #[schedule(every = "0s")]
    fn h(cx: &Context, due: Timestamp) {}
}

fn main() {}
