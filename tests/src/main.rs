//! The application that the acceptance tests run.

mod accounts;
mod behaviour;
mod bills;
mod contracts;
mod essays;
mod memory;
mod orders;
mod parcels;
mod press;
mod shapes;
mod stories;
mod trash;

use lithair_core::prelude::*;

use accounts::{Account, Remark, Transfer};
use bills::{Bill, BillEntry};
use contracts::{Contract, Currency, Letter, Page};
use essays::Essay;
use memory::{Memo, Oath, Whisper};
use orders::{House, Invoice, Label, Labelling, Leftover, Order, Payment};
use parcels::Parcel;
use press::{Article, Author, Comment, Follow, Profile, Tag, Tagging};
use shapes::{Delivery, Nickname};
use stories::Story;
use trash::{Binder, Loan, Paper, Stamp};

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
