//! The words of policies: as their authors wrote them, and those that mean something to a program.

use std::sync::Arc;

use crate::{
    AccessSchema, Bindings, Catalog, Comparison, DenySchema, Expr, Literal, ModelSchema, Numbers, Policy, PolicySchema,
    Right, policy_text,
};

#[test]
fn a_policy_is_shown_as_it_was_written() {
    const ANY: Policy = Policy::Any(&[Policy::Owner, Policy::Role("Clerk")]);
    const ALL: Policy = Policy::All(&[Policy::Authenticated, Policy::Scope("till")]);
    let check = |policy: Policy, expected: &str| assert_eq!(policy_text(&policy), expected);
    check(ANY, "owner || role(Clerk)");
    check(Policy::All(&[ANY, Policy::Not(&ALL)]), "(owner || role(Clerk)) && !(authenticated && scope(\"till\"))");
    check(
        Policy::Any(&[Policy::Public, ALL, Policy::Anonymous]),
        "public || (authenticated && scope(\"till\")) || anonymous",
    );
    check(Policy::Related("team", &Policy::All(&[])), "any(team)");
    check(Policy::Related("team", &ANY), "any(team where owner || role(Clerk))");
    check(Policy::Check("file", Right::Command("stamp")), "check(file, command(stamp))");
    check(Policy::Member("team"), "member(team)");
    check(Policy::Permission("Shredder"), "perm(\"Shredder\")");
    check(Policy::Claim(&Expr::Field("level"), Comparison::LessOrEqual, "level"), "level <= actor.level");
    check(Policy::AmongClaim(&Expr::Field("team"), "teams"), "team in actor.teams");
    check(Policy::ClaimIs("level", Comparison::Equal, Literal::Int(3)), "actor.level = 3");
}

#[test]
fn a_program_knows_the_scopes_and_roles_that_it_asks_for() {
    static NOTE: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[
                (Right::Read, Policy::Any(&[Policy::Role("Clerk"), Policy::Scope("reports")])),
                (Right::Export, Policy::Public),
            ],
            denies: &[DenySchema { rights: &[Right::Read], when: Policy::Not(&Policy::Scope("night")), message: None }],
            ..PolicySchema::CLOSED
        }),
        ..super::NOTE
    };
    let mut bindings = Bindings::default();
    bindings.permission("Shredder", Policy::All(Box::leak(Box::new([Policy::Role("Chief"), Policy::Scope("till")]))));
    bindings.roles(vec!["Boss".to_owned(), "Clerk".to_owned()]);
    let catalog = Arc::new(Catalog::bound(vec![&NOTE], &Numbers::of(&[&NOTE]), &bindings).expect("it fits"));
    for (scope, is_asked) in [("reports", true), ("night", true), ("till", true), ("report", false), ("read", false)] {
        assert_eq!(catalog.asks_for_scope(scope), is_asked, "{scope}");
    }
    assert_eq!(catalog.known_scopes().into_iter().collect::<Vec<_>>(), ["night", "reports", "till"]);
    assert_eq!(catalog.known_roles().into_iter().collect::<Vec<_>>(), ["Boss", "Chief", "Clerk"]);
    assert_eq!(bindings.chains(), [["Boss", "Clerk"]]);
}
