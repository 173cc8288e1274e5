//! Who sees a record, by which clause, and by which not.

use expect_test::expect;

use super::*;

#[test]
fn who_reads_is_told_by_whom_it_is_read() {
    check(
        &FILES,
        [
            ("ann, of her file", ann(), Tried::with(Right::Read, file())),
            ("bob", bob(), Tried::with(Right::Read, file())),
            ("a clerk, of no file in particular", clerk(), Tried::of(Right::Read)),
            ("ann, of no file in particular", ann(), Tried::of(Right::Read)),
            ("another tenant's ann, a chief", who("ann", "other", &["Chief"]), Tried::with(Right::Read, file())),
            ("nobody", Principal::Anonymous, Tried::with(Right::Read, file())),
            ("nobody, of no file in particular", Principal::Anonymous, Tried::of(Right::Read)),
            ("the program", Principal::System(System::Code), Tried::with(Right::Read, file())),
        ],
        expect![[r#"
            ann, of her file: yes 200
              is 404: +tenant; >+read [+owner -role(Clerk)]
              ~ a principal of the record's tenant (`org`)
              ~ not being the owner, whom `holder` names
            bob: no 404
              is 404: +tenant; >-read [-owner -role(Clerk)]
              ~ being the owner: the subject that `holder` names
              ~ role Clerk, or Chief, Editor above it
            a clerk, of no file in particular: depends 200
              is 403: >?tenant; +read [?owner +role(Clerk)]
              ~ a principal of the record's tenant (`org`)
            ann, of no file in particular: depends 200
              is 403: >?tenant; ?read [?owner -role(Clerk)]
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
            another tenant's ann, a chief: no 404
              is 404: >-tenant; +read [+owner +role(Clerk)]
              ~ a principal of the record's tenant (`org`)
            nobody: no 401
              is 401: >-tenant; -read [-owner -role(Clerk)]
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
            nobody, of no file in particular: no 401
              is 401: >-tenant; -read [-owner -role(Clerk)]
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
            the program: yes 200
              is 200: >+File: the program itself may do everything
        "#]],
    );
}

#[test]
fn what_everybody_may_and_what_is_the_servers_is_said_so() {
    static OPEN_NOTE: ModelSchema = NOTE;
    static OWN: ModelSchema = ModelSchema { access: AccessSchema::Internal, ..NOTE };
    let note = || vec![Value::Int(1), Value::Text("one".to_owned()), Value::Bool(true)];
    check(
        &OPEN_NOTE,
        [("nobody deletes what is public", Principal::Anonymous, Tried::with(Right::Delete, note()))],
        expect![[r#"
            nobody deletes what is public: yes 200
              is 404: +Note: read: public
              is 403: >+Note: delete: public
        "#]],
    );
    check(
        &OWN,
        [("a chief reads what is the server's own", chief(), Tried::with(Right::Read, note()))],
        expect![[r#"
            a chief reads what is the server's own: no 404
              is 404: >-Note: read: no rule gives it to anybody
        "#]],
    );
    // A rule about claims is one of who asks.
    static BY_CLAIM: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[
                (Right::Read, Policy::Public),
                (Right::Update, Policy::ClaimIs("level", Comparison::Equal, Literal::Int(3))),
            ],
            ..PolicySchema::CLOSED
        }),
        ..NOTE
    };
    check(
        &BY_CLAIM,
        [
            ("nobody, where a claim decides", Principal::Anonymous, Tried::with(Right::Update, note())),
            ("ann, where a claim decides", ann(), Tried::with(Right::Update, note())),
        ],
        expect![[r#"
            nobody, where a claim decides: no 401
              who asks 401: >-Note: update: actor.level = 3
              ~ actor.level = 3
            ann, where a claim decides: no 403
              is 404: +Note: read: public
              is 403: >-Note: update: actor.level = 3
              ~ actor.level = 3
        "#]],
    );
}
