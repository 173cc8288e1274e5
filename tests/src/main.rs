//! The application that the acceptance tests run.

mod behaviour;

use lithair_core::prelude::*;

mod orders;
mod shapes;

use orders::{House, Invoice, Label, Labelling, Leftover, Order, Payment};
use shapes::{Delivery, Nickname};

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Account {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=200)), filter, sort)]
    name: String,
    #[db(default = 0, index)]
    #[http(filter, sort)]
    balance: i64,
    note: Option<String>,
    document: Option<Json>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(fulltext(title * 3, body))]
#[lifecycle(soft_delete)]
struct Story {
    #[db(primary_key)]
    number: i64,
    title: String,
    body: Option<String>,
    #[http(search, filter)]
    tags: Vec<String>,
    #[db(default = 0, index)]
    stars: i64,
    deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Transfer {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Account, on_delete = restrict)]
    account_id: Id<Account>,
    #[db(decimal(12, 2))]
    amount: Decimal,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Remark {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Account, on_delete = cascade)]
    account_id: Id<Account>,
    #[http(validate(non_empty))]
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Currency {
    #[db(primary_key)]
    code: String,
    name: String,
}

#[derive(DeclarativeEnum)]
enum Stage {
    Open,
    Closed,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps(opened_at, touched_at), optimistic_lock, immutable_when = stage == Stage::Closed)]
struct Contract {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[db(default = Stage::Open)]
    stage: Stage,
    #[lifecycle(write_once)]
    signature: Option<String>,
    #[db(default = 0)]
    #[lifecycle(monotonic)]
    pages: i64,
    text: Option<String>,
    #[relation(belongs_to = Currency, on_delete = set_null)]
    currency: Option<String>,
    opened_at: Timestamp,
    touched_at: Timestamp,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Page {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Contract, on_delete = cascade)]
    contract: i64,
}

/// What may be written as in the public crate of this name, and values that the server gives.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versioned = 2)]
#[firewall(deny = "192.0.2.0/24", per_ip_qps = 100000)]
struct Letter {
    #[db(primary_key, auto = ulid)]
    id: String,
    #[db(indexed)]
    #[http(expose, validate = "email", example = "ada@example.org")]
    sender: String,
    #[db(fk = "Currency")]
    postage_in: Option<String>,
    #[http(expose = false)]
    note: Option<String>,
    #[db(default = 0, on_update = 7)]
    #[http(deprecated = "count the changes yourself")]
    touched: i64,
    #[db(default = now(), on_update = now())]
    #[http(read_only)]
    seen_at: Timestamp,
}

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Progress {
    Draft,
    Review,
    Published,
    Archived,
}

/// A state machine, commands and a hook.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(words >= 0, "words are counted from 0"))]
struct Essay {
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
struct Praised {
    points: i64,
    by: Option<String>,
}

#[derive(CommandError)]
enum PraiseError {
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

/// What its entries come to, kept and counted.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Bill {
    #[db(primary_key, auto = sequence)]
    id: i64,
    payer: String,
    #[relation(has_many = BillEntry, via = bill_id)]
    entries: Many<BillEntry>,
    #[computed(sum(entries.amount), stored)]
    #[db(decimal(12, 2), index)]
    #[http(sort)]
    total: Decimal,
    #[computed(count(entries))]
    #[http(filter, sort)]
    entry_count: u32,
    #[computed(payer.upper() + (if entry_count > 1 { ": 2" } else { ": 0" }))]
    title: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "entries")]
#[db(table = "bill_entries", check(hours * 60 <= 24 * 60 * 10000, "longer than a life"))]
struct BillEntry {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Bill, on_delete = cascade)]
    bill_id: i64,
    hours: i64,
    #[db(decimal(8, 2))]
    rate: Decimal,
    #[computed(hours * rate, stored)]
    #[db(decimal(9, 2))]
    amount: Decimal,
    #[db(default = now() + days(30))]
    due: Timestamp,
}

/// Remembers little.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versions(3))]
struct Memo {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(filter, sort)]
    text: String,
    #[http(filter, sort)]
    #[lifecycle(snapshot_only)]
    pin: Option<String>,
}

/// Remembers nothing.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(snapshot_only)]
struct Whisper {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}

/// Remembers, and does not tell.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get, create, update))]
struct Oath {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}

/// Deleted softly, with what is in it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(name, where = deleted_at.is_none()))]
#[lifecycle(soft_delete(cascade(papers), purge_after = "90d"), timestamps(made_at, changed_at))]
struct Binder {
    #[db(primary_key, auto = sequence)]
    number: i64,
    name: String,
    made_at: Timestamp,
    changed_at: Timestamp,
    deleted_at: Option<Timestamp>,
    #[relation(has_many = Paper, via = binder_id)]
    papers: Many<Paper>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Paper {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Binder, on_delete = cascade)]
    binder_id: i64,
    #[http(filter)]
    title: String,
    deleted_at: Option<Timestamp>,
}

/// Goes with its paper, out of sight and for good.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Stamp {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Paper, on_delete = soft)]
    paper_id: i64,
    deleted_at: Option<Timestamp>,
}

/// Holds its binder.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Loan {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Binder)]
    binder_id: i64,
    deleted_at: Option<Timestamp>,
}

/// Relations in every form, three levels deep.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Author {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(index)]
    #[http(validate(non_empty), filter, sort)]
    name: String,
    #[relation(has_many = Article, via = author_id)]
    articles: Many<Article>,
    #[relation(has_one = Profile, via = author_id)]
    profile: One<Profile>,
    #[relation(many_to_many = Author, through = Follow, via = follower_id)]
    follows: Many<Author>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Profile {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(unique)]
    #[relation(belongs_to = Author, on_delete = cascade)]
    author_id: Id<Author>,
    #[http(filter)]
    city: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Follow {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Author, on_delete = cascade)]
    follower_id: Id<Author>,
    #[relation(belongs_to = Author, on_delete = cascade)]
    followed_id: Id<Author>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(order(-rank))]
struct Article {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[http(filter, sort)]
    title: String,
    #[db(default = 0)]
    #[http(filter, sort)]
    rank: i64,
    #[relation(belongs_to = Author, on_delete = restrict)]
    author_id: Option<Id<Author>>,
    #[relation(has_many = Comment, via = article_id)]
    comments: Many<Comment>,
    #[relation(many_to_many = Tag, through = Tagging)]
    #[http(rename = "labels")]
    tags: Many<Tag>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(page(default = 2, max = 3))]
struct Comment {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Article, on_delete = cascade)]
    article_id: Id<Article>,
    #[relation(belongs_to = Author, on_delete = set_null)]
    author: Option<i64>,
    #[db(default = false)]
    #[http(filter)]
    spam: bool,
    #[http(filter)]
    text: Option<String>,
    #[http(hidden)]
    secret: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(order(name))]
struct Tag {
    #[db(primary_key)]
    name: String,
    #[relation(many_to_many = Article, through = Tagging)]
    articles: Many<Article>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(article_id, tag_name))]
#[http(ops(create, delete))]
struct Tagging {
    #[relation(belongs_to = Article, on_delete = cascade)]
    article_id: Id<Article>,
    #[relation(belongs_to = Tag, on_delete = cascade)]
    tag_name: Id<Tag>,
}

/// Leaves lines in a file outside, named by `ACCEPTANCE_OUTBOX`.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Parcel {
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
enum Way {
    Packed,
    Sent,
}

#[derive(DomainEvent)]
struct Labelled {
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
fn outside(line: &str) -> Result<(), HookError> {
    let Some(path) = std::env::var_os("ACCEPTANCE_OUTBOX").map(std::path::PathBuf::from) else { return Ok(()) };
    if path.with_extension("down").exists() {
        return Err(HookError::new("nobody is there"));
    }
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    Ok(std::io::Write::write_all(&mut file, format!("{line}\n").as_bytes())?)
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<Account>()
        .model::<Transfer>()
        .model::<Story>()
        .model::<Remark>()
        .model::<Currency>()
        .model::<Contract>()
        .model::<Page>()
        .model::<Letter>()
        .model::<Essay>()
        .model::<Memo>()
        .model::<Bill>()
        .model::<BillEntry>()
        .model::<Whisper>()
        .model::<Oath>()
        .model::<Binder>()
        .model::<Paper>()
        .model::<Stamp>()
        .model::<Loan>()
        .model::<Author>()
        .model::<Profile>()
        .model::<Follow>()
        .model::<Article>()
        .model::<Comment>()
        .model::<Tag>()
        .model::<Tagging>()
        .model::<Parcel>()
        .model::<Delivery>()
        .model::<Nickname>()
        .model::<behaviour::Shelf>()
        .model::<behaviour::Book>()
        .model::<behaviour::ShelfName>()
        .model::<House>()
        .model::<Order>()
        .model::<Payment>()
        .model::<Invoice>()
        .model::<Leftover>()
        .model::<Label>()
        .model::<Labelling>()
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Book, Shelf, ShelfName};

    lithair_core::model_tests!(
        Account, Transfer, Remark, Currency, Contract, Page, Letter, Essay, Memo, Whisper, Oath, Binder, Paper, Stamp,
        Loan, Author, Profile, Follow, Article, Comment, Tag, Tagging, Parcel, Delivery, Nickname, Shelf, Book,
        ShelfName, House, Order, Payment, Invoice, Leftover, Label, Labelling
    );

    #[test]
    fn lost_behaviour_is_noticed() {
        let program = crate::program();
        let mut mutants = lithair_core::testing::mutants::mutants(&program);
        let words = [": no hook", ": no command", ": no fold"];
        mutants.retain(|mutant| words.iter().any(|word| mutant.what.contains(word)));
        assert!(mutants.len() >= 12, "{}", mutants.len());
        let survey = lithair_core::testing::mutants::survey(&program, &mutants);
        assert!(survey.survivors.is_empty() && survey.killed >= 10, "{survey:?}");
    }

    #[test]
    fn a_rule_less_inside_of_a_struct_is_noticed() {
        let program = crate::program();
        let mut mutants = lithair_core::testing::mutants::mutants(&program);
        mutants.retain(|mutant| mutant.what.contains(": inside "));
        let all = mutants.len();
        // A few, from everywhere; all of them are asked by `MODEL_TESTS_MUTANTS=all`.
        let mutants: Vec<_> = mutants.into_iter().step_by((all / 6).max(1)).collect();
        let survey = lithair_core::testing::mutants::survey(&program, &mutants);
        assert!(all >= 6 && survey.survivors.is_empty() && survey.killed >= 4, "{all}: {survey:?}");
    }

    #[test]
    fn mutants_are_noticed() {
        lithair_core::testing::mutants::run(&crate::program());
    }
}
