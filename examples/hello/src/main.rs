use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Article {
    #[db(primary_key, auto = uuid7)]
    pub id: Uuid,
    #[db(unique)]
    #[http(validate(slug), normalize(trim, lower))]
    pub slug: String,
    #[http(validate(len(1..=200)), normalize(trim), filter, sort)]
    pub title: String,
    #[db(default = false, index)]
    pub published: bool,
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080").model::<Article>()
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
lithair_core::model_tests!(Article);

#[cfg(test)]
mod mutants {
    #[test]
    fn mutants_are_noticed() {
        lithair_core::testing::mutants::run(&crate::program());
    }
}
