//! What is not there, and what is in the trash.

use expect_test::expect;

use super::*;

#[test]
fn what_is_not_there_is_said_to_be() {
    let absent = |right| Tried { record: Asked::Absent, ..Tried::of(right) };
    check(
        &FILES,
        [
            ("a clerk reads what is not there", clerk(), absent(Right::Read)),
            ("somebody asks for the past of what is not there", who("x", "acme", &[]), absent(Right::History)),
        ],
        expect![[r#"
            a clerk reads what is not there: no 404
              is 404: >-File: there is no such record
            somebody asks for the past of what is not there: no 403
              who asks 403: ?tenant; >-history
              ~ a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
        "#]],
    );
}

#[test]
fn what_is_in_the_trash_is_said_to_be() {
    let of_trash = |right| Tried { record: Asked::Trash, ..Tried::with(right, file()) };
    check(
        &FILES,
        [
            ("read", chief(), of_trash(Right::Read)),
            ("delete", chief(), of_trash(Right::Delete)),
            ("history", chief(), of_trash(Right::History)),
            ("restore", chief(), of_trash(Right::Command("restore"))),
            ("purge", chief(), of_trash(Right::Command("purge"))),
        ],
        expect![[r#"
            read: no 410
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 410: >-File: the record is in the trash
            delete: no 410
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 410: >-File: the record is in the trash
              is 403: +tenant; +delete; +deny(update, delete)
            history: yes 200
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; >+history
              ~ a principal of the record's tenant (`org`)
              ~ no role Clerk, nor one above it
            restore: yes 200
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; >+delete; +deny(update, delete)
              ~ a principal of the record's tenant (`org`)
              ~ no role Clerk, nor one above it
              ~ no role Chief, nor one above it
              ~ locked and no role Chief, nor one above it
            purge: yes 200
              is 404: +tenant; +read [-owner +role(Clerk)]
              is 403: +tenant; >+delete; +deny(update, delete)
              ~ a principal of the record's tenant (`org`)
              ~ no role Clerk, nor one above it
              ~ no role Chief, nor one above it
              ~ locked and no role Chief, nor one above it
        "#]],
    );
}
