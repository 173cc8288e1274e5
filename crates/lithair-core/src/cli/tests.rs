//! The exit codes of commands that compare models with a data directory.

use std::ffi::OsString;
use std::path::Path;

use crate::cli::{Exit, run};
use crate::config::Layers;
use crate::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    #[db(primary_key)]
    id: i64,
    text: String,
}

mod later {
    use crate::prelude::*;

    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        id: i64,
    }
}

mod refused {
    use crate::prelude::*;

    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        id: i64,
        text: i64,
    }
}

fn exit<M: Model>(data: &Path, words: &str) -> Exit {
    let words = format!("program {words} --data");
    let arguments = words.split(' ').map(OsString::from).chain([data.as_os_str().to_owned()]);
    run(vec![M::SCHEMA], Layers::default(), &crate::additions::Additions::default(), arguments)
}

#[test]
fn a_directory_is_compared_and_migrated_from_the_command_line() {
    let folder = std::env::temp_dir().join(format!("lithair-migrate-{}", std::process::id()));
    let data = folder.join("data");
    std::fs::create_dir_all(&folder).expect("is made");
    assert_eq!(exit::<Note>(&data, "schema diff"), Exit::Refused, "there is no such directory");
    let lines = folder.join("Note.ndjson");
    std::fs::write(&lines, "{\"id\":1,\"text\":\"one\"}\n").expect("is written");
    assert_eq!(exit::<Note>(&data, &format!("import {}", lines.display())), Exit::Ok);
    assert_eq!(exit::<Note>(&data, "schema diff --json"), Exit::Ok);
    assert_eq!(exit::<Note>(&data, "migrate plan"), Exit::Ok, "there is nothing to do");
    for (word, expected) in [("schema diff", Exit::Failed), ("migrate plan", Exit::Ok), ("migrate apply", Exit::Usage)]
    {
        assert_eq!(exit::<later::Note>(&data, word), expected, "{word}");
    }
    for word in ["migrate plan", "migrate apply --yes"] {
        assert_eq!(exit::<refused::Note>(&data, word), Exit::Refused, "{word}");
    }
    assert_eq!(exit::<Note>(&data, "snapshot"), Exit::Ok, "until now nothing was done");
    assert_eq!(exit::<later::Note>(&data, "migrate apply --yes --json"), Exit::Ok);
    assert_eq!(exit::<later::Note>(&data, "schema diff"), Exit::Ok);
    assert_eq!(exit::<Note>(&data, "schema diff"), Exit::Failed, "what was lost is not there again");
    assert_eq!(exit::<Note>(&data, "schema diff --sql"), Exit::Usage);
    std::fs::remove_dir_all(&folder).expect("is removed");
}

#[cfg(feature = "users")]
#[test]
fn users_are_added_and_kept_out_from_the_command_line() {
    use crate::users::{User, Users};

    let folder = std::env::temp_dir().join(format!("lithair-users-{}", std::process::id()));
    let data = folder.join("data");
    std::fs::create_dir_all(&folder).expect("is made");
    let password = folder.join("password");
    std::fs::write(&password, "correct horse\n").expect("is written");
    let layers = || {
        let mut layers = Layers::default();
        layers.users = Some(Users::new());
        layers
    };
    let exit = |words: &str| {
        let words = format!("program user {words} --data");
        let arguments = words.split(' ').map(OsString::from).chain([data.as_os_str().to_owned()]);
        run(vec![Note::SCHEMA, User::SCHEMA], layers(), &crate::additions::Additions::default(), arguments)
    };
    assert_eq!(exit("list"), Exit::Refused, "there is no such directory");
    assert_eq!(
        exit(&format!("create ada@example.org --role Admin --org acme --password-file {}", password.display())),
        Exit::Ok
    );
    assert_eq!(exit("create bob@example.org --json"), Exit::Ok);
    assert_eq!(exit("create BOB@example.org"), Exit::Usage, "somebody has the address");
    assert_eq!(exit("create bob"), Exit::Usage);
    assert_eq!(exit("list"), Exit::Ok);
    assert_eq!(exit("disable bob@example.org"), Exit::Ok);
    assert_eq!(exit("disable bob@example.org --undo"), Exit::Ok);
    assert_eq!(exit("disable nobody@example.org"), Exit::Failed);
    assert_eq!(exit("reset ada@example.org"), Exit::Ok);
    let words = ["program", "user", "list", "--data"].map(OsString::from).into_iter().chain([data.into_os_string()]);
    assert_eq!(
        run(vec![Note::SCHEMA, User::SCHEMA], Layers::default(), &crate::additions::Additions::default(), words),
        Exit::Usage,
        "this program has no users"
    );
    std::fs::remove_dir_all(&folder).expect("is removed");
}
