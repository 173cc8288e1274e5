use super::*;
use crate::session::gone;
use crate::table::StoreError;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// A microsecond before.
fn before(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.micros() - 1)
}

#[test]
fn a_session_ends_when_it_is_idle_or_old_and_is_written_when_it_was_used_a_while_ago() {
    let world = World::with_ada();
    let session = world.log_in(at(0));
    let writes = |now: Timestamp| {
        let before = lithair_model::Backend::position(&*world.backend);
        assert!(world.verify(&session, now).is_ok());
        before != lithair_model::Backend::position(&*world.backend)
    };
    // A sixteenth of the time that it may be idle is a minute.
    assert_eq!([at(0), at(59), at(60)].map(&writes), [false; 3]);
    assert!(writes(at(61)));
    assert!(!writes(at(121)), "it was used a minute ago");
    let idle = at(61 + 16 * MINUTE);
    assert_eq!(world.verify(&session, idle), Err(Refused::Expired));
    assert!(world.verify(&session, before(idle)).is_ok());
    let session = world.log_in(at(0));
    for minutes in [15, 30, 45, 59] {
        assert!(world.verify(&session, at(minutes * MINUTE)).is_ok());
    }
    assert_eq!(world.verify(&session, at(HOUR)), Err(Refused::Expired));
    assert!(world.verify(&session, before(at(HOUR))).is_ok());
}

#[test]
fn sessions_that_are_over_are_removed_and_no_others() {
    let world = World::with_ada();
    let sweep = |now: Timestamp| {
        run(world.accounts.sweep(&*world.backend, now)).expect("is swept");
        world.backend.count("lithair_sessions")
    };
    let (_, used) = (world.log_in(at(0)), world.log_in(at(0)));
    world.verify(&used, at(15 * MINUTE)).expect("is good");
    assert_eq!([sweep(before(at(16 * MINUTE))), sweep(at(16 * MINUTE))], [2, 1], "one was idle");
    for minutes in [30, 45, 59] {
        world.verify(&used, at(minutes * MINUTE)).expect("is good");
    }
    assert_eq!([sweep(before(at(HOUR))), sweep(at(HOUR))], [1, 0], "one is an hour old, though it is used");
}

/// Of two who remove the same, the second one finds it gone, and that is what it wanted.
#[test]
fn what_somebody_else_has_removed_is_gone_and_what_stays_is_told() {
    assert_eq!(gone(Ok(())), Ok(()));
    assert_eq!(gone(Err(StoreError::Conflict)), Ok(()));
    assert_eq!(gone(Err(StoreError::Absent)), Err(StoreError::Absent));
}

#[test]
fn by_default_a_session_is_idle_for_half_an_hour_and_lasts_for_twelve() {
    let world = World::of(Users::new(), true);
    world.create(ADA);
    let session = world.log_in(at(0));
    assert!(world.verify(&session, before(at(30 * MINUTE))).is_ok());
    let session = world.log_in(at(0));
    assert_eq!(world.verify(&session, at(30 * MINUTE)), Err(Refused::Expired));
    let (_, begun) = world.log_in_with(PASSWORD, None, at(0)).expect("logs in");
    assert_eq!(begun.absolute, Duration::from_secs(12 * 60 * 60));
    assert_eq!(format!("{:?}", Users::new()), "Users { is_open: false, idle: 1800s, absolute: 43200s, .. }");
}
