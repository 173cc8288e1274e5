use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
pub enum Urgency {
    Low,
    Normal,
    High,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Project {
    #[db(primary_key, auto = uuid7)]
    pub id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=80)), normalize(trim), filter, sort)]
    pub name: String,
}

#[derive(DeclarativeModel)]
#[db(check(estimate_hours <= 400, "split tickets of more than ten weeks", on = estimate_hours))]
#[permission(all = public)]
pub struct Ticket {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    #[relation(belongs_to = Project, on_delete = cascade)]
    pub project_id: Id<Project>,
    #[http(validate(len(1..=200)), normalize(trim), filter, sort)]
    pub title: String,
    #[db(default = Urgency::Normal, index)]
    #[http(filter, sort)]
    pub urgency: Urgency,
    #[db(default = 1)]
    #[http(validate(range(0..=1000)), filter, sort)]
    pub estimate_hours: i64,
    #[http(filter, sort)]
    pub due: Option<Date>,
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080").model::<Project>().model::<Ticket>()
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
lithair_core::model_tests!(Project, Ticket);

#[cfg(test)]
mod mutants {
    #[test]
    fn mutants_are_noticed() {
        lithair_core::testing::mutants::run(&crate::program());
    }
}
