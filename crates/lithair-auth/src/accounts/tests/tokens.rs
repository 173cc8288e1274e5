use lithair_model::{RefusalReason, Unavailable};

use super::*;
use crate::table::StoreError;

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

fn verify(world: &World, token: &str, now: Timestamp) -> Result<(), AccountError> {
    run(world.accounts.verify_address(&*world.backend, token, now))
}

fn reset(world: &World, token: &str, password: &str, now: Timestamp) -> Result<(), AccountError> {
    run(world.accounts.reset(&*world.backend, token, password.to_owned(), now))
}

#[test]
fn whoever_registers_proves_the_address_within_a_day() {
    let world = World::new();
    assert_eq!(world.register(" Ada@Example.org", at(0)), Ok(()));
    let [notice] = &world.sent()[..] else { panic!("one message") };
    assert_eq!((notice.email.as_str(), notice.name.as_str()), (ADA, "ada"));
    let About::Verify(token) = &notice.about else { panic!("a token to verify: {notice:?}") };
    assert_eq!(token.len(), 52);
    assert_eq!(world.log_in_with(PASSWORD, None, at(0)).map(drop), Err(AccountError::Login), "nothing is proven");
    assert_eq!(verify(&world, token, at(DAY)), Err(AccountError::Ticket));
    assert_eq!(reset(&world, token, OTHER, at(0)), Err(AccountError::Ticket), "it is for something else");
    assert_eq!(verify(&world, token, at(DAY - 1)), Ok(()));
    assert_eq!(world.user(ADA).verified_at, Some(at(DAY - 1)));
    assert_eq!(verify(&world, token, at(0)), Err(AccountError::Ticket), "it is good once");
    assert!(world.log_in_with(PASSWORD, None, at(0)).is_ok());
}

#[test]
fn whether_an_address_is_somebodys_is_told_to_the_address_alone() {
    let world = World::with_ada();
    for _ in 0..3 {
        assert_eq!(world.register(ADA, at(0)), Ok(()));
        assert_eq!(world.register("bob@example.org", at(0)), Ok(()));
    }
    let told: Vec<(String, bool)> =
        world.sent().into_iter().map(|notice| (notice.email, notice.about == About::AlreadyRegistered)).collect();
    let expected = [(ADA, true), ("bob@example.org", false), (ADA, true), ("bob@example.org", true), (ADA, true)];
    let (last, expected) = (("bob@example.org".to_owned(), true), expected.map(|(email, has)| (email.to_owned(), has)));
    assert_eq!(told, [&expected[..], &[last]].concat());
    // Three messages to one address in a minute, whatever they are about.
    assert_eq!(world.register(ADA, at(59)), Err(AccountError::TooMany));
    assert_eq!(world.ask_for_reset(ADA, at(59)), Err(AccountError::TooMany));
    assert_eq!((world.ask_for_reset(ADA, at(60)), world.sent().len()), (Ok(()), 1));
    assert_eq!(world.backend.count("users"), 2);
}

#[test]
fn what_cannot_be_is_refused_whoever_has_the_address() {
    let world = World::with_ada();
    let register = |email: &str, name: Option<&str>, password: &str| {
        let backend: Arc<dyn lithair_model::Backend> = Arc::clone(&world.backend) as _;
        let name = name.map(str::to_owned);
        world.settled(async { world.accounts.register(&backend, email, name, password.to_owned(), at(0)).await })
    };
    assert!(matches!(register("ada", None, PASSWORD), Err(AccountError::Invalid("email", _))));
    assert!(matches!(register(ADA, Some("a\nb"), PASSWORD), Err(AccountError::Invalid("name", _))));
    assert!(matches!(register(ADA, None, "short"), Err(AccountError::Invalid("password", _))));
    assert_eq!(world.sent(), []);
    let closed = World::of(Users::new(), false);
    assert_eq!(closed.register(ADA, at(0)), Err(AccountError::NotOffered));
    let mute = Accounts::new(Users::new(), lithair_model::Backend::catalog(&*world.backend), &[7; 32]);
    let (mute, backend) = (Arc::new(mute), Arc::clone(&world.backend) as Arc<dyn lithair_model::Backend>);
    assert_eq!(run(mute.ask_for_reset(&backend, ADA, at(0))), Err(AccountError::NotOffered));
    // What cannot be stored is not sent.
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    assert_eq!((world.register("bob@example.org", at(0)), world.sent()), (Ok(()), vec![]));
}

#[test]
fn a_token_for_a_password_is_good_once_and_for_an_hour() {
    let world = World::with_ada();
    let bob = world.create("bob@example.org");
    let session = world.log_in(at(0));
    assert_eq!(world.ask_for_reset(" ADA@example.org", at(0)), Ok(()));
    let token = world.token();
    assert_eq!(verify(&world, &token, at(0)), Err(AccountError::Ticket), "it is for something else");
    assert_eq!(reset(&world, &token, OTHER, at(HOUR)), Err(AccountError::Ticket));
    assert!(matches!(reset(&world, &token, "short", at(0)), Err(AccountError::Invalid("password", _))));
    assert_eq!(reset(&world, "a", OTHER, at(0)), Err(AccountError::Ticket));
    // Others that were sent to the user are void then; those of somebody else, and for something else, are not.
    let second = run(world.accounts.reset_token(&*world.backend, " Ada@example.org", at(0))).expect("is made");
    let bobs = run(world.accounts.reset_token(&*world.backend, "bob@example.org", at(0))).expect("is made");
    let (to_verify, ticket) = world.accounts.ticket(Some(world.user(ADA).id), super::super::tickets::VERIFY, at(0));
    run(world.accounts.store_ticket(&*world.backend, &ticket, at(0))).expect("is made");
    assert_eq!(reset(&world, &token, OTHER, at(HOUR - 1)), Ok(()));
    assert!(!world.is_in(&session));
    assert_eq!(world.log_in_with(PASSWORD, None, at(0)).map(drop), Err(AccountError::Login));
    assert!(world.log_in_with(OTHER, None, at(0)).is_ok());
    for over in [&token, &second] {
        assert_eq!(reset(&world, over, PASSWORD, at(0)), Err(AccountError::Ticket));
    }
    assert_eq!(world.user(ADA).verified_at, Some(at(0)), "it was known before");
    assert_eq!((verify(&world, &to_verify, at(0)), reset(&world, &bobs, OTHER, at(0))), (Ok(()), Ok(())));
    // Whoever is kept out has no use for one.
    let last = run(world.accounts.reset_token(&*world.backend, "bob@example.org", at(0))).expect("is made");
    run(world.accounts.disable(&*world.backend, &bob.email, true, &ROOT, at(0))).expect("is kept out");
    assert_eq!(reset(&world, &last, OTHER, at(0)), Err(AccountError::Ticket));
    assert_eq!((world.ask_for_reset("bob@example.org", at(0)), world.sent()), (Ok(()), vec![]));
    assert_eq!((world.ask_for_reset("eve@example.org", at(0)), world.sent()), (Ok(()), vec![]));
    let nobody = run(world.accounts.reset_token(&*world.backend, "eve@example.org", at(0)));
    assert_eq!(nobody, Err(AccountError::Login));
}

#[test]
fn a_token_that_was_read_proves_the_address() {
    let world = World::new();
    assert_eq!(world.register(ADA, at(0)), Ok(()));
    world.sent();
    assert_eq!(world.ask_for_reset(ADA, at(0)), Ok(()));
    assert_eq!(reset(&world, &world.token(), OTHER, at(7)), Ok(()));
    assert_eq!(world.user(ADA).verified_at, Some(at(7)));
}

/// Of two who come at once, one is told.
#[test]
fn a_token_that_somebody_else_has_just_used_is_not_good() {
    let world = World::with_ada();
    let token = run(world.accounts.reset_token(&*world.backend, ADA, at(0))).expect("is made");
    *world.backend.refuses.lock() = Some(RefusalReason::NotFound);
    assert_eq!(reset(&world, &token, OTHER, at(0)), Err(AccountError::Ticket));
    *world.backend.refuses.lock() = Some(RefusalReason::Unavailable(Unavailable::Stopping));
    assert!(matches!(reset(&world, &token, OTHER, at(0)), Err(AccountError::Store(StoreError::Refused(_)))));
}

#[test]
fn a_message_is_tried_three_times_and_not_sent_where_no_mail_goes() {
    let tries = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&tries);
    let messenger = move |_: Notice| {
        *counted.lock() += 1;
        std::future::ready(Err(lithair_model::HookError::new("the mail server is down")))
    };
    let users = Users::new().messenger(messenger);
    let world = World::new();
    let accounts = Arc::new(Accounts::new(users, lithair_model::Backend::catalog(&*world.backend), &[7; 32]));
    let user = world.create(ADA);
    run(accounts.bring(&user, About::AlreadyRegistered));
    assert_eq!(*tries.lock(), 3);
    run(accounts.bring(&User { email: "7@first.invalid".to_owned(), ..user }, About::AlreadyRegistered));
    assert_eq!(*tries.lock(), 3);
}

#[test]
fn tokens_that_are_over_are_removed_and_no_others() {
    let world = World::with_ada();
    run(world.accounts.reset_token(&*world.backend, ADA, at(0))).expect("is made");
    let kept = |now: Timestamp| {
        run(world.accounts.sweep(&*world.backend, now)).expect("is swept");
        world.backend.count("lithair_tickets")
    };
    assert_eq!([kept(at(HOUR - 1)), kept(at(HOUR))], [1, 0]);
}

/// An administrator may hand a token to anybody.
#[test]
fn a_token_that_came_by_mail_proves_that_the_mail_is_read_and_one_that_was_handed_on_does_not() {
    let world = World::with_ada();
    let proven_at = || world.accounts.secret_of(&*world.backend, world.user(ADA).id).expect("is kept").0.proven_at;
    let handed = run(world.accounts.reset_token(&*world.backend, ADA, at(0))).expect("is made");
    assert_eq!((reset(&world, &handed, OTHER, at(0)), proven_at()), (Ok(()), None));
    assert_eq!(world.ask_for_reset(ADA, at(0)), Ok(()));
    assert_eq!((reset(&world, &world.token(), OTHER, at(7)), proven_at()), (Ok(()), Some(at(7))));
    // It is known since the first one.
    assert_eq!(world.ask_for_reset(ADA, at(0)), Ok(()));
    assert_eq!((reset(&world, &world.token(), OTHER, at(8)), proven_at()), (Ok(()), Some(at(7))));
}

/// A token for a password proves it, too, and keeps it for a day more at most: anybody may ask for one again and again.
#[test]
fn an_address_that_nobody_proves_is_free_after_a_day_or_two() {
    let (bob, carol, dan) = ("bob@example.org", "carol@example.org", "dan@example.org");
    let world = World::with_ada();
    for email in [bob, carol, dan] {
        assert_eq!(world.register(email, at(0)), Ok(()));
    }
    run(world.accounts.disable(&*world.backend, carol, true, &ROOT, at(0))).expect("is kept out");
    // One whom the program has made itself.
    let new = NewUser { email: "eve@example.org".to_owned(), ..NewUser::default() };
    run(world.accounts.create(&*world.backend, new, &ROOT, at(0))).expect("is made");
    let left = |now: Timestamp| -> Vec<String> {
        run(world.accounts.sweep(&*world.backend, now)).expect("is swept");
        assert_eq!(world.backend.count("users"), world.backend.count("lithair_user_secrets"));
        let users = world.accounts.list(&*world.backend).into_iter();
        users.filter_map(|user| user.email.strip_suffix("@example.org").map(str::to_owned)).collect()
    };
    assert_eq!(left(at(DAY - 1)), ["ada", "bob", "carol", "dan", "eve"]);
    assert_eq!(world.ask_for_reset(bob, at(DAY - 1)), Ok(()));
    assert_eq!(left(at(DAY)), ["ada", "bob", "carol", "eve"]);
    assert_eq!(world.ask_for_reset(bob, at(2 * DAY - 1)), Ok(()));
    assert_eq!(left(at(2 * DAY - 1)), ["ada", "bob", "carol", "eve"]);
    assert_eq!(left(at(2 * DAY)), ["ada", "carol", "eve"]);
    assert_eq!(left(at(9 * DAY)), ["ada", "carol", "eve"]);
    assert_eq!(world.register(bob, at(9 * DAY)), Ok(()));
    assert_eq!(left(at(9 * DAY)), ["ada", "bob", "carol", "eve"]);
}
