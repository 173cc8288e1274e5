//! What fields say themselves, beside what their record says.

use expect_test::expect;

use super::*;

#[test]
fn a_field_has_a_clause_of_its_own() {
    let read = || Tried { fields: &[TITLE, SECRET, CARD], ..Tried::with(Right::Read, file()) };
    check(
        &FILES,
        [("ann", ann(), read()), ("a clerk", clerk(), read())],
        expect![[r#"
            ann: no 200
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 200: +File.secret: read [+owner -role(Chief)]
              who asks 200: >-File.card: read: it is masked, and no `read` says who reads it whole
            a clerk: no 200
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 200: >-File.secret: read [-owner -role(Chief)]
              who asks 200: -File.card: read: it is masked, and no `read` says who reads it whole
        "#]],
    );
    let new = Tried { fields: &[0, SECRET], after: Some(file()), ..Tried::of(Right::Create) };
    let fields = &[SECRET, DELETED_AT];
    let change = Tried { fields, after: Some(file()), ..Tried::with(Right::Update, file()) };
    check(
        &FILES,
        [
            ("ann, a new file", ann(), new),
            ("an editor, a change", editor(), change),
            (
                "a chief, a change of no file in particular",
                chief(),
                Tried { fields: &[SECRET], ..Tried::of(Right::Update) },
            ),
        ],
        expect![[r#"
            ann, a new file: no 422
              would be 403: +tenant; +create
              who asks 403: +owner
              who asks 422: >-File.number: create: the server sets it, and nobody else
              would be 422: -File.secret: create
            an editor, a change: no 422
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; +update [-owner +role(Editor)]; +deny(update, delete)
              is 422: >-File.secret: update
              who asks 422: -File.deleted_at: update: the server sets it, and nobody else
              would be 403: +tenant; +update [-owner +role(Editor)]; +deny(update, delete)
              would be 422: -File.secret: update
              who asks 422: -File.deleted_at: update: the server sets it, and nobody else
              would be 403: +after(update)
            a chief, a change of no file in particular: depends 200
              is 403: >?tenant; +read [?owner +role(Clerk)]; ?tenant; +update [?owner +role(Editor)]; +deny(update, delete)
              is 422: +File.secret: update
              ~ a principal of the record's tenant (`org`)
        "#]],
    );
}
