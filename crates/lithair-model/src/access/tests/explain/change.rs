//! A change is asked of the record as it is and as it would be, a new record of what it would be.

use expect_test::expect;

use super::*;

#[test]
fn a_change_is_asked_of_the_record_as_it_is_and_as_it_would_be() {
    let to = |after| Tried { after: Some(after), ..Tried::with(Right::Update, file()) };
    check(
        &FILES,
        [
            ("ann changes nothing", ann(), to(file())),
            ("ann changes the title", ann(), to(changed(TITLE, Value::Text("two".to_owned())))),
            ("ann locks it", ann(), to(locked())),
            ("a chief, where it is locked", chief(), Tried::with(Right::Update, locked())),
            ("an editor, where it is locked", editor(), Tried::with(Right::Update, locked())),
            ("a clerk", clerk(), Tried::with(Right::Update, file())),
            ("nobody", Principal::Anonymous, Tried::with(Right::Update, file())),
        ],
        expect![[r#"
            ann changes nothing: yes 200
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete)
              would be 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete); >+after(update)
              ~ a principal of the record's tenant (`org`)
              ~ not being the owner, whom `holder` names
              ~ locked
              ~ !(before.title = title)
            ann changes the title: no 403
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete)
              would be 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete); >-after(update)
              ~ before.title = title
            ann locks it: no 403
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete)
              would be 403: +tenant; +update [+owner -role(Editor)]; >-deny(update, delete); +after(update)
              ~ !(locked)
              ~ role Chief
            a chief, where it is locked: yes 200
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; >+update [-owner +role(Editor)]; +deny(update, delete)
              ~ a principal of the record's tenant (`org`)
              ~ no role Clerk, nor one above it
              ~ no role Editor, nor one above it
              ~ no role Chief, nor one above it
            an editor, where it is locked: no 403
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; +update [-owner +role(Editor)]; >-deny(update, delete)
              ~ !(locked)
              ~ role Chief
            a clerk: no 403
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; >-update [-owner -role(Editor)]; +deny(update, delete)
              ~ being the owner: the subject that `holder` names
              ~ role Editor, or Chief above it
            nobody: no 401
              is 401: >-tenant; -read [-owner -role(Clerk)]; -tenant; -update [-owner -role(Editor)]; +deny(update, delete)
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names and role Editor, or Chief above it
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it and being the owner: the subject that `holder` names
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it and role Editor, or Chief above it
        "#]],
    );
}

/// A state goes a declared way, which is for those who may give its command.
#[test]
fn a_state_that_is_set_goes_a_declared_way() {
    let to = |after| Tried { after: Some(after), ..Tried::with(Right::Update, file()) };
    let cooled = || changed(3, Value::Text("blue".to_owned()));
    check(
        &FILES,
        [
            ("ann cools it", ann(), to(cooled())),
            ("an editor cools it", editor(), to(cooled())),
            ("ann takes a way that is not declared", ann(), to(changed(3, Value::Text("green".to_owned())))),
        ],
        expect![[r#"
            ann cools it: no 403
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete)
              would be 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete)
              is 403: +tenant; +command(cool); >-cool by; +deny(update, delete)
              would be 403: +after(update)
              ~ role Editor, or Chief above it
            an editor cools it: yes 200
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; +update [-owner +role(Editor)]; +deny(update, delete)
              would be 403: +tenant; +update [-owner +role(Editor)]; +deny(update, delete)
              is 403: +tenant; +command(cool); +cool by; +deny(update, delete)
              would be 403: >+after(update)
              ~ a principal of the record's tenant (`org`)
              ~ no role Clerk, nor one above it
              ~ no role Editor, nor one above it
              ~ locked
              ~ !(before.title = title)
            ann takes a way that is not declared: yes 200
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete)
              would be 403: +tenant; +update [+owner -role(Editor)]; +deny(update, delete); >+after(update)
              ~ a principal of the record's tenant (`org`)
              ~ not being the owner, whom `holder` names
              ~ locked
              ~ !(before.title = title)
        "#]],
    );
}

#[test]
fn a_new_record_is_somebodys() {
    let new = |after: Option<Vec<Value>>| Tried { after, ..Tried::of(Right::Create) };
    check(
        &FILES,
        [
            ("ann, before anything is known of it", ann(), new(None)),
            ("ann, her own", ann(), new(Some(file()))),
            ("nobody", Principal::Anonymous, new(Some(file()))),
        ],
        expect![[r#"
            ann, before anything is known of it: yes 200
              would be 403: +tenant; +create
              who asks 403: >+owner
              ~ a principal of the record's tenant (`org`)
              ~ no credential
              ~ a subject that is a string
            ann, her own: yes 200
              would be 403: +tenant; +create
              who asks 403: >+owner
              ~ a principal of the record's tenant (`org`)
              ~ no credential
              ~ a subject that is a string
            nobody: no 401
              would be 401: >-tenant; -create
              who asks 403: -owner
              ~ a principal of the record's tenant (`org`) and a credential and a subject that is a string
        "#]],
    );
}

#[test]
fn where_denials_hide_what_may_not_be_changed_is_absent() {
    check(
        &HIDING,
        [
            ("a clerk changes", clerk(), Tried::with(Right::Update, file())),
            ("a clerk deletes", clerk(), Tried::with(Right::Delete, file())),
            ("nobody deletes", Principal::Anonymous, Tried::with(Right::Delete, file())),
            ("ann asks for its past", ann(), Tried::with(Right::History, file())),
            ("nobody creates", Principal::Anonymous, Tried::of(Right::Create)),
        ],
        expect![[r#"
            a clerk changes: no 404
              is 404: +tenant; +read [-owner +role(Clerk)]; +tenant; >-update [-owner -role(Editor)]; +deny(update, delete)
              ~ being the owner: the subject that `holder` names
              ~ role Editor, or Chief above it
            a clerk deletes: no 404
              is 404: +tenant; +read [-owner +role(Clerk)]; +tenant; >-delete; +deny(update, delete)
              ~ role Chief
            nobody deletes: no 401
              is 401: >-tenant; -read [-owner -role(Clerk)]
              is 404: -tenant; -delete; +deny(update, delete)
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names and role Chief
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it and role Chief
            ann asks for its past: no 403
              who asks 403: +tenant; >-history
              ~ role Clerk, or Chief, Editor above it
            nobody creates: no 401
              would be 401: >-tenant; -create
              who asks 403: -owner
              ~ a principal of the record's tenant (`org`) and a credential and a subject that is a string
        "#]],
    );
}
