use lithair_model::{RefusalReason, Unavailable};

use super::*;
use crate::table::StoreError;
use crate::testing::one_time_code;

/// A world in which ada has a session.
fn with_session() -> (World, Principal) {
    let world = World::with_ada();
    let principal = world.principal(&world.log_in(at(0)));
    (world, principal)
}

/// The same with a device, set up half an hour ago: its secret, and the codes that stand in for it.
fn with_device() -> (World, Principal, String, Vec<String>) {
    let (world, principal) = with_session();
    let secret = enroll(&world, &principal).expect("is enrolled");
    let codes = confirm(&world, &principal, &one_time_code(&secret, at(-1_800)), at(-1_800)).expect("is confirmed");
    (world, principal, secret, codes)
}

fn enroll(world: &World, principal: &Principal) -> Result<String, AccountError> {
    run(world.accounts.enroll(&*world.backend, principal, PASSWORD.to_owned(), at(0))).map(|enrolled| enrolled.secret)
}

fn confirm(world: &World, principal: &Principal, code: &str, now: Timestamp) -> Result<Vec<String>, AccountError> {
    run(world.accounts.confirm_device(&*world.backend, principal, code, now))
}

fn log_in(world: &World, code: Option<&str>, now: Timestamp) -> Result<(), AccountError> {
    world.log_in_with(PASSWORD, code, now).map(drop)
}

#[test]
fn a_device_is_asked_for_from_when_it_was_confirmed() {
    let (world, principal) = with_session();
    let wrong = world.accounts.enroll(&*world.backend, &principal, OTHER.to_owned(), at(0));
    assert_eq!(run(wrong).map(drop), Err(AccountError::Login));
    let enrolled = run(world.accounts.enroll(&*world.backend, &principal, PASSWORD.to_owned(), at(0)));
    let enrolled = enrolled.expect("is enrolled");
    assert_eq!(format!("{enrolled:?}"), "Enrolled(..)");
    let secret = &enrolled.secret;
    assert_eq!(secret.len(), 32, "twenty bytes");
    assert_eq!(enrolled.uri, format!("otpauth://totp/lithair:{ADA}?secret={secret}&issuer=lithair"));
    assert_eq!(log_in(&world, None, at(0)), Ok(()), "nothing is confirmed");
    let code = one_time_code(secret, at(0));
    assert_eq!(confirm(&world, &principal, "000", at(0)), Err(AccountError::Code));
    let codes = confirm(&world, &principal, &code, at(0)).expect("is confirmed");
    let different: std::collections::BTreeSet<&String> = codes.iter().collect();
    assert!(different.len() == 10 && codes.iter().all(|code| code.len() == 16));
    let later = one_time_code(secret, at(60));
    assert_eq!(confirm(&world, &principal, &later, at(60)), Err(AccountError::Code), "nothing is to be confirmed");
    assert_eq!(log_in(&world, None, at(30)), Err(AccountError::Code));
    assert_eq!(log_in(&world, Some(&code), at(0)), Err(AccountError::Code), "it was taken");
    assert_eq!(log_in(&world, Some(&one_time_code(secret, at(30))), at(30)), Ok(()));
    // Neither the secret nor a code is kept as it is.
    let kept = world.accounts.secret_of(&*world.backend, world.user(ADA).id).expect("is kept").0;
    let kept = format!("{kept:?}");
    assert!(codes.iter().chain([secret]).all(|secret| !kept.contains(secret.as_str())), "{kept}");
}

#[test]
fn letters_that_mean_something_in_an_address_are_encoded() {
    let world = World::new();
    world.create("a%b#c?d@example.org");
    let login = world.accounts.login(&*world.backend, "a%b#c?d@example.org", PASSWORD.to_owned(), None, at(0));
    let principal = world.principal(&run(login).expect("logs in").1.id);
    let enrolled = run(world.accounts.enroll(&*world.backend, &principal, PASSWORD.to_owned(), at(0)));
    let uri = enrolled.expect("is enrolled").uri;
    assert!(uri.starts_with("otpauth://totp/lithair:a%25b%23c%3Fd@example.org?secret="), "{uri}");
}

#[test]
fn each_code_is_good_once() {
    let (world, _, secret, codes) = with_device();
    let code = one_time_code(&secret, at(0));
    assert_eq!(log_in(&world, Some(&code), at(0)), Ok(()));
    assert_eq!(log_in(&world, Some(&code), at(0)), Err(AccountError::Code));
    assert_eq!(
        log_in(&world, Some(&one_time_code(&secret, at(-30))), at(0)),
        Err(AccountError::Code),
        "an earlier one"
    );
    assert_eq!(log_in(&world, Some(&codes[3]), at(0)), Ok(()));
    assert_eq!(log_in(&world, Some(&codes[3]), at(0)), Err(AccountError::Code));
    for code in codes.iter().enumerate().filter(|(place, _)| *place != 3).map(|(_, code)| code) {
        assert_eq!(log_in(&world, Some(code), at(0)), Ok(()), "the others stay");
    }
    // Of two who come with one at once, one is told that it is used.
    let code = one_time_code(&secret, at(30));
    *world.backend.refuses.lock() = Some(RefusalReason::Contended);
    assert_eq!(log_in(&world, Some(&code), at(30)), Err(AccountError::Code));
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    assert!(matches!(log_in(&world, Some(&code), at(30)), Err(AccountError::Store(StoreError::Refused(_)))));
}

#[test]
fn codes_are_guessed_ten_times_and_who_was_not_asked_for_one_has_not_guessed() {
    let (world, principal, secret, _) = with_device();
    for _ in 0..11 {
        assert_eq!(log_in(&world, None, at(0)), Err(AccountError::Code));
    }
    for _ in 0..10 {
        assert_eq!(log_in(&world, Some("000"), at(0)), Err(AccountError::Code));
    }
    assert_eq!(log_in(&world, Some(&one_time_code(&secret, at(0))), at(0)), Err(AccountError::TooMany));
    assert_eq!(log_in(&world, Some(&one_time_code(&secret, at(60))), at(60)), Ok(()));
    let enrolled = world.accounts.enroll(&*world.backend, &principal, PASSWORD.to_owned(), at(120));
    let secret = run(enrolled).expect("is enrolled").secret;
    for _ in 0..10 {
        assert_eq!(confirm(&world, &principal, "000", at(120)), Err(AccountError::Code));
    }
    assert_eq!(confirm(&world, &principal, &one_time_code(&secret, at(120)), at(120)), Err(AccountError::TooMany));
}

#[test]
fn a_device_that_was_removed_is_not_asked_for() {
    let (world, principal, secret, codes) = with_device();
    // A second one, which is not confirmed yet, goes with the first.
    let pending = enroll(&world, &principal).expect("is enrolled");
    let remove =
        |password: &str| run(world.accounts.remove_device(&*world.backend, &principal, password.to_owned(), at(0)));
    assert_eq!(remove(OTHER), Err(AccountError::Login));
    assert_eq!(log_in(&world, None, at(0)), Err(AccountError::Code));
    assert_eq!((remove(PASSWORD), log_in(&world, None, at(0))), (Ok(()), Ok(())));
    let kept = world.accounts.secret_of(&*world.backend, world.user(ADA).id).expect("is kept").0;
    assert_eq!((kept.totp, kept.totp_pending, kept.recovery), (None, None, Vec::new()));
    assert_eq!(confirm(&world, &principal, &one_time_code(&pending, at(60)), at(60)), Err(AccountError::Code));
    assert!(kept.password.is_some() && kept.totp_step > 0 && !secret.is_empty() && codes.len() == 10);
}
