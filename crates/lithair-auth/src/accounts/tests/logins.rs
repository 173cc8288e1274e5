use lithair_model::{Credential, RefusalReason, Scopes};

use super::*;
use crate::records::UserSecret;
use crate::table::StoreError;

#[test]
fn whoever_knows_name_and_password_is_in_and_is_who_the_record_says() {
    let world = World::new();
    let new = NewUser {
        email: " ADA@Example.org".to_owned(),
        name: Some("Ada".to_owned()),
        password: Some(PASSWORD.to_owned()),
        roles: vec!["Editor".to_owned()],
        tenant: Some("acme".to_owned()),
        is_verified: true,
    };
    let made = run(world.accounts.create(&*world.backend, new, &ROOT, at(0))).expect("is made");
    assert_eq!((made.email.as_str(), made.name.as_str(), made.created_at), (ADA, "Ada", at(0)));
    assert_eq!((made.verified_at, made.disabled_at), (Some(at(0)), None));
    let (user, begun) = world.log_in_with(PASSWORD, None, at(0)).expect("logs in");
    assert_eq!((&user, begun.absolute), (&made, Duration::from_secs(60 * 60)));
    assert_eq!(format!("{begun:?}"), "Begun { absolute: 3600s, .. }");
    let principal = world.principal(&begun.id);
    assert_eq!(principal.actor(), Some(format!("user:{}", user.id).as_str()));
    assert_eq!((principal.tenant(), principal.has_role("Editor")), (Some("acme"), true));
    assert_eq!(principal.claim("email"), Some(&ADA.into()));
    assert_eq!(principal.claim("name"), Some(&"Ada".into()));
    let identity = principal.identity().expect("is known");
    assert_eq!((identity.credential(), identity.expires()), (Credential::Session, Some(at(60 * 60))));
    assert!(matches!(identity.scopes(), Scopes::All) && identity.credential_id().is_some_and(|id| id != begun.id));
    assert_eq!(world.accounts.of_principal(&*world.backend, &principal), Ok(made));
    assert_eq!(world.accounts.of_principal(&*world.backend, &ROOT), Err(AccountError::Login));
}

#[test]
fn whoever_may_not_is_told_what_whoever_is_not_there_is_told() {
    let world = World::with_ada();
    let login = |email: &str, password: &str| {
        let login = world.accounts.login(&*world.backend, email, password.to_owned(), None, at(0));
        run(login).map(drop)
    };
    assert_eq!(login(" Ada@example.ORG", PASSWORD), Ok(()));
    for (email, password) in [(ADA, OTHER), (ADA, ""), ("bob@example.org", PASSWORD), ("", "")] {
        assert_eq!(login(email, password), Err(AccountError::Login), "{email} {password}");
    }
    let disable =
        |is_disabled| run(world.accounts.disable(&*world.backend, " ADA@example.org", is_disabled, &ROOT, at(9)));
    let session = world.log_in(at(0));
    assert_eq!(disable(true).map(|user| user.disabled_at), Ok(Some(at(9))));
    assert_eq!(login(ADA, PASSWORD), Err(AccountError::Login));
    assert_eq!(world.verify(&session, at(0)), Err(Refused::Unknown), "it ended");
    assert_eq!(disable(false).map(|user| user.disabled_at), Ok(None));
    assert_eq!((login(ADA, PASSWORD), world.is_in(&session)), (Ok(()), false));
    assert_eq!(
        run(world.accounts.disable(&*world.backend, "bob@example.org", true, &ROOT, at(0))),
        Err(AccountError::Login)
    );
    // Whoever has not proven the address.
    let new =
        NewUser { email: "eve@example.org".to_owned(), password: Some(PASSWORD.to_owned()), ..NewUser::default() };
    let eve = run(world.accounts.create(&*world.backend, new, &ROOT, at(0))).expect("is made");
    assert_eq!((eve.verified_at, login("eve@example.org", PASSWORD)), (None, Err(AccountError::Login)));
    // Whoever has no password.
    let new = NewUser { email: "joe@example.org".to_owned(), is_verified: true, ..NewUser::default() };
    run(world.accounts.create(&*world.backend, new, &ROOT, at(0))).expect("is made");
    assert_eq!(login("joe@example.org", ""), Err(AccountError::Login));
}

/// A session that ends because the user does has nobody in it, whatever its record says.
#[test]
fn a_session_of_somebody_who_is_kept_out_or_gone_is_nobodys() {
    let world = World::with_ada();
    let (session, user) = (world.log_in(at(0)), world.user(ADA));
    let users = &world.accounts.users;
    let (found, revision) = world.accounts.by_email(&*world.backend, ADA).expect("is there");
    let disabled = User { disabled_at: Some(at(0)), ..found };
    run(users.replace(&*world.backend, &disabled, revision, &ROOT, at(0))).expect("is stored");
    assert_eq!(world.verify(&session, at(0)), Err(Refused::Disabled));
    let key = lithair_model::FieldType::to_value(&user.id);
    run(users.delete(&*world.backend, &key, &ROOT, at(0))).expect("goes");
    assert_eq!(world.verify(&session, at(0)), Err(Refused::Unknown));
    assert_eq!(world.verify(&"a".repeat(52), at(0)), Err(Refused::Unknown));
    assert_eq!(world.verify(&"a".repeat(51), at(0)), Err(Refused::Unknown));
}

#[test]
fn the_longest_password_is_one_and_a_longer_one_is_nobodys() {
    let world = World::new();
    let longest = "p".repeat(256);
    let create = |email: &str, password: &str| {
        let new = NewUser {
            email: email.to_owned(),
            password: Some(password.to_owned()),
            is_verified: true,
            ..NewUser::default()
        };
        run(world.accounts.create(&*world.backend, new, &ROOT, at(0))).map(drop)
    };
    assert_eq!(create(ADA, &longest), Ok(()));
    assert!(matches!(create("bob@example.org", &"p".repeat(257)), Err(AccountError::Invalid("password", _))));
    assert!(world.log_in_with(&longest, None, at(0)).is_ok());
    assert_eq!(world.log_in_with(&"p".repeat(257), None, at(0)).map(drop), Err(AccountError::Login));
}

#[test]
fn ten_failures_of_a_name_in_a_minute_are_enough() {
    let world = World::with_ada();
    for _ in 0..10 {
        assert_eq!(world.log_in_with(OTHER, None, at(0)).map(drop), Err(AccountError::Login));
    }
    assert_eq!(world.log_in_with(PASSWORD, None, at(59)).map(drop), Err(AccountError::TooMany));
    assert!(world.log_in_with(PASSWORD, None, at(60)).is_ok());
    // In a session as well.
    let principal = world.principal(&world.log_in(at(60)));
    let change = |former: &str, now: Timestamp| {
        let changed =
            world.accounts.change_password(&*world.backend, &principal, former.to_owned(), OTHER.to_owned(), now);
        run(changed).map(drop)
    };
    for _ in 0..10 {
        assert_eq!(change("wrong horse", at(120)), Err(AccountError::Login));
    }
    assert_eq!(change(PASSWORD, at(120)), Err(AccountError::TooMany));
    assert_eq!(change(PASSWORD, at(180)), Ok(()));
}

#[test]
fn too_many_passwords_at_once_are_sent_away() {
    let hashing = crate::Hashing::new();
    let world = World::of(Users::new().hashing(hashing.clone()), true);
    world.create(ADA);
    let principal = world.principal(&world.log_in(at(0)));
    let all = hashing.occupied();
    assert_eq!(world.log_in_with(PASSWORD, None, at(0)).map(drop), Err(AccountError::Busy));
    assert_eq!(world.register("bob@example.org", at(0)), Err(AccountError::Busy));
    let change =
        world.accounts.change_password(&*world.backend, &principal, PASSWORD.to_owned(), OTHER.to_owned(), at(0));
    assert_eq!(run(change).map(drop), Err(AccountError::Busy));
    drop(all);
    assert!(world.log_in_with(PASSWORD, None, at(0)).is_ok());
}

#[test]
fn another_password_ends_all_sessions_and_begins_one() {
    let world = World::with_ada();
    world.create("bob@example.org");
    let bob = run(world.accounts.login(&*world.backend, "bob@example.org", PASSWORD.to_owned(), None, at(0)));
    let bob = bob.expect("logs in").1.id;
    let (first, second) = (world.log_in(at(0)), world.log_in(at(0)));
    let principal = world.principal(&first);
    let change = |former: &str, password: &str| {
        let (former, password) = (former.to_owned(), password.to_owned());
        run(world.accounts.change_password(&*world.backend, &principal, former, password, at(0)))
    };
    assert_eq!(change("wrong horse", OTHER).map(drop), Err(AccountError::Login));
    assert!(matches!(change(PASSWORD, "short"), Err(AccountError::Invalid("password", _))));
    assert!(world.is_in(&first));
    let third = change(PASSWORD, OTHER).expect("is changed").id;
    assert_eq!([&first, &second, &third, &bob].map(|session| world.is_in(session)), [false, false, true, true]);
    assert_eq!(world.log_in_with(PASSWORD, None, at(0)).map(drop), Err(AccountError::Login));
    assert!(world.log_in_with(OTHER, None, at(0)).is_ok());
}

#[test]
fn whoever_logs_out_ends_this_session_or_all_of_theirs() {
    let world = World::with_ada();
    world.create("bob@example.org");
    let bob = run(world.accounts.login(&*world.backend, "bob@example.org", PASSWORD.to_owned(), None, at(0)));
    let bob = bob.expect("logs in").1.id;
    let (first, second, third) = (world.log_in(at(0)), world.log_in(at(0)), world.log_in(at(0)));
    let logout = |session: &str, principal: &Principal, everywhere: bool| {
        run(world.accounts.logout(&*world.backend, session, principal, everywhere, at(0)))
    };
    let principal = world.principal(&first);
    let are_in = || [&first, &second, &third, &bob].map(|session| world.is_in(session));
    assert_eq!((logout(&first, &principal, false), are_in()), (Ok(()), [false, true, true, true]));
    assert_eq!((logout(&first, &principal, false), are_in()), (Ok(()), [false, true, true, true]));
    assert_eq!((logout(&second, &Principal::Anonymous, true), are_in()), (Ok(()), [false, false, true, true]));
    assert_eq!((logout(&second, &principal, true), are_in()), (Ok(()), [false, false, false, true]));
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(lithair_model::Unavailable::Stopping));
    assert!(matches!(logout(&bob, &principal, false), Err(AccountError::Store(StoreError::Refused(_)))));
}

#[test]
fn users_are_listed_by_their_addresses_and_have_one_each() {
    let world = World::new();
    for email in ["carol@example.org", ADA, "bob@example.org"] {
        world.create(email);
    }
    let list: Vec<String> = world.accounts.list(&*world.backend).into_iter().map(|user| user.email).collect();
    assert_eq!(list, [ADA, "bob@example.org", "carol@example.org"]);
    let create = |email: &str, name: Option<&str>| {
        let new = NewUser { email: email.to_owned(), name: name.map(str::to_owned), ..NewUser::default() };
        run(world.accounts.create(&*world.backend, new, &ROOT, at(0)))
    };
    assert_eq!(create(ADA, None), Err(AccountError::Store(StoreError::Conflict)));
    assert!(matches!(create("ada", None), Err(AccountError::Invalid("email", _))));
    assert!(matches!(create("dan@example.org", Some("")), Err(AccountError::Invalid("name", _))));
    assert_eq!(create("dan@example.org", None).map(|user| user.name), Ok("dan".to_owned()));
    assert_eq!(world.backend.count("users"), 4);
    assert_eq!(world.backend.count("lithair_user_secrets"), 4);
}

/// Somebody replaces the password, and ends all sessions, after it was compared and before the session has begun.
#[test]
fn a_session_begins_if_the_password_that_was_shown_is_still_the_one() {
    let world = World::with_ada();
    let user = world.user(ADA);
    let kept = || world.accounts.secret_of(&*world.backend, user.id).expect("is kept").0;
    let begin = |shown: Option<&UserSecret>| {
        let begun = run(world.accounts.begin(&*world.backend, &user, shown, at(0))).expect("is stored");
        begun.map(|begun| world.is_in(&begun.id))
    };
    let shown = kept();
    assert_eq!((begin(Some(&shown)), begin(None)), (Some(true), Some(true)));
    let set = world.accounts.set_password(&*world.backend, &shown, user.id, "another hash".to_owned(), at(0));
    assert_eq!(run(set), Ok(()));
    assert_eq!((begin(Some(&shown)), begin(Some(&kept()))), (None, Some(true)));
    assert_eq!(world.backend.count("lithair_sessions"), 3, "what was not let in has no session");
    // Nor is anything else of them changed by who has shown the former one.
    let set = world.accounts.set_password(&*world.backend, &shown, user.id, "a third hash".to_owned(), at(0));
    assert_eq!((run(set), kept().password.as_deref()), (Err(AccountError::Login), Some("another hash")));
    // Whoever is kept out meanwhile is not let in, whatever they have shown.
    run(world.accounts.disable(&*world.backend, ADA, true, &ROOT, at(0))).expect("is kept out");
    assert_eq!((begin(Some(&kept())), begin(None)), (None, None));
    assert_eq!(world.backend.count("lithair_sessions"), 0);
}
