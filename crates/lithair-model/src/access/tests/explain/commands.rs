//! Commands, what no rule is about, and what a key is for.

use expect_test::expect;

use super::*;

#[test]
fn commands_and_what_has_no_rule_are_of_the_rule_that_stands_for_them() {
    check(
        &FILES,
        [
            ("ann cools it", ann(), Tried::with(Right::Command("cool"), file())),
            ("ann ripens it", ann(), Tried::with(Right::Command("ripen"), file())),
            ("ann exports", ann(), Tried::of(Right::Export)),
            ("a clerk exports", clerk(), Tried::of(Right::Export)),
            ("an editor purges it", editor(), Tried::with(Right::Command("purge"), file())),
            ("ann asks for its past", ann(), Tried::with(Right::History, file())),
            ("nobody asks for a past", Principal::Anonymous, Tried::of(Right::History)),
        ],
        expect![[r#"
            ann cools it: no 403
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; +command(cool); >-cool by; +deny(update, delete)
              ~ role Editor, or Chief above it
            ann ripens it: yes 200
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; >+update [+owner -role(Editor)]; +deny(update, delete)
              ~ a principal of the record's tenant (`org`)
              ~ not being the owner, whom `holder` names
              ~ locked
            ann exports: no 403
              who asks 403: ?tenant; >-export: no rule gives it to anybody
            a clerk exports: no 403
              who asks 403: ?tenant; >-export: no rule gives it to anybody
            an editor purges it: no 403
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; >-delete; +deny(update, delete)
              ~ role Chief
            ann asks for its past: no 403
              who asks 403: +tenant; >-history
              ~ role Clerk, or Chief, Editor above it
            nobody asks for a past: no 401
              is 401: >-tenant; -read [-owner -role(Clerk)]; -tenant; -history
              ~ a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names and role Clerk, or Chief, Editor above it
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
        "#]],
    );
}

#[test]
fn a_key_is_asked_what_it_is_for_before_anything_else() {
    let key = |scopes: &[&str]| {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let key = Identity::new(Credential::ApiKey, "ann").of_tenant("acme").with_scopes(scopes);
        Principal::from(key)
    };
    check(
        &FILES,
        [
            ("a key that reads, used to write", key(&["read"]), Tried::with(Right::Update, file())),
            ("a key that writes, used to read", key(&["write:files"]), Tried::with(Right::Read, file())),
            ("a key that writes, used to write", key(&["write:files"]), Tried::with(Right::Update, file())),
        ],
        expect![[r#"
            a key that reads, used to write: no 403
              who asks 403: >-scopes of the key: scope("write") || scope("write:files")
              ~ a key with the scope "write" or "write:files"
            a key that writes, used to read: no 403
              who asks 403: >-scopes of the key: scope("read") || scope("read:files")
              ~ a key with the scope "read" or "read:files"
            a key that writes, used to write: yes 200
              is 404: +tenant; +read [+owner -role(Clerk)]
              is 403: +tenant; >+update [+owner -role(Editor)]; +deny(update, delete)
              ~ a principal of the record's tenant (`org`)
              ~ not being the owner, whom `holder` names
              ~ locked
        "#]],
    );
}
