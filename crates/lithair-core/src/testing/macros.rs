//! `model_tests!`: names the tests, and nothing else.

/// Tests of your own models: one `#[test]` for each thing that attributes owe, asked of a real server through its HTTP contract.
///
/// ```
/// use lithair_core::prelude::*;
///
/// #[derive(DeclarativeModel)]
/// #[permission(all = public)]
/// struct Note {
///     #[db(primary_key, auto = sequence)]
///     number: i64,
///     #[http(validate(len(1..=80)))]
///     text: String,
/// }
///
/// # mod tests {
/// # use super::Note;
/// lithair_core::model_tests!(Note);
/// # }
/// # fn main() {}
/// ```
///
/// It takes all models that belong together, or those to test and an expression that is the program, where it has others or
/// settings of its own: `model_tests!(Note; server = my_server())`. [`docs/testing.md`] says what is asked, and what is not.
///
/// [`docs/testing.md`]: https://github.com/lithair/lithair/blob/main/docs/testing.md
#[macro_export]
macro_rules! model_tests {
    ($($model:ty),+ $(,)?) => {
        $crate::model_tests!($($model),+; server = $crate::DeclarativeServer::new("127.0.0.1:0")$(.model::<$model>())+);
    };
    ($($model:ty),+; server = $server:expr $(,)?) => {
        $crate::model_tests!(@each [$($model),+] [$server]
            rules_hold_at_their_boundaries: Rules,
            checks_hold: Checks,
            unique_values_have_one_winner: Uniques,
            deletes_do_what_relations_say: Deletes,
            states_change_as_declared: States,
            what_does_not_change_does_not: Mutability,
            locks_hold: Locks,
            defaults_and_normalizers_are_as_declared: Defaults,
            what_is_hidden_is_shown_nowhere: Visibility,
            what_is_deleted_comes_back_or_is_gone: Trash,
            history_is_what_was: History,
            commands_answer_as_declared: Commands,
            hooks_have_their_say: Hooks,
            projections_are_what_was: Projections,
            computed_fields_are_computed: Computed,
            documents_say_what_is_declared: Documents,
            networks_and_limits_hold: Abuse,
            everybody_sees_and_does_what_is_theirs: Access,
        );
    };
    (@each $models:tt $server:tt $($name:ident: $concern:ident,)+) => {
        $($crate::model_tests!(@one $models $server $name $concern);)+
    };
    (@one [$($model:ty),+] [$server:expr] $name:ident $concern:ident) => {
        #[test]
        fn $name() {
            $crate::testing::run(
                &$server,
                &[$(<$model as $crate::model::Model>::SCHEMA),+],
                $crate::testing::Concern::$concern,
            );
        }
    };
}
