use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Job {
    #[db(primary_key, auto = sequence)]
    number: i64,
    title: String,
}

#[commands]
impl Job {
    #[command]
    fn a(
        &mut self,
        cx: &Context,
        #[db(unique, index, fulltext, primary_key, auto = sequence, on_update = 1, renamed_from = "x", upcast = f)] n: i64,
        #[http(filter, sort, search, hidden, read_only, write_only)] text: String,
    ) -> Result<(), std::convert::Infallible> {
        Ok(())
    }

    #[command]
    fn b(
        &mut self,
        cx: &Context,
        #[lifecycle(immutable)] one: i64,
        #[relation(belongs_to = Job)] two: i64,
        #[permission(read = public)] three: i64,
        #[security(mask(last = 4))] four: String,
        #[audit(track_all_changes)] five: i64,
        #[encryption(algorithm = "AES256")] six: i64,
        #[computed(n + 1)] seven: i64,
    ) -> Result<(), std::convert::Infallible> {
        Ok(())
    }

    #[command]
    fn c(
        &mut self,
        cx: &Context,
        #[http(validat(len(1..=3)))] text: String,
        #[db(default = 0)]
        #[http(example = "x", normalize(trim))]
        number: i64,
        #[validate(len(1..=3))] stranger: String,
    ) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

fn main() {}
