//! Schedules: code that runs because it is time, once for each time at which it is due.
//!
//! ```text
//! now -> the last time that was due -> one command: what the code changes, and that this time is done -> log
//!                                                 '-> it failed: again with back-off, until the next time is due
//! ```
//!
//! That a time is done is part of the entry of its changes, and guarded by the revision that it had: whoever runs it twice, after a kill or on
//! another node that believes to lead, is refused. Times that were missed, because nothing ran, are made up for by one run, for the last of them.

mod records;

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use lithair_model::{
    Action, Backend as _, Command, Draft, Expected, ModelSchema, Operation, Principal, Procedure, Refusal,
    RefusalReason, ScheduleSchema, Supplied, System, Target, Timestamp, Unavailable, Value, encode_key,
};
use records::Progress;
pub(crate) use records::SCHEDULE;

use crate::Engine;
use crate::block_on::block_on;
use crate::clock::now;
use crate::outbox::Retries;

/// How often the clock is looked at: a clock that is set is noticed, too.
const LOOK: Duration = Duration::from_millis(500);

/// A schedule and its model.
#[derive(Clone, Copy)]
struct Scheduled {
    schema: &'static ModelSchema,
    schedule: &'static ScheduleSchema,
}

impl Scheduled {
    /// What its record is known by: names, for code moves.
    fn name(&self) -> String {
        format!("{}.{}", self.schema.table, self.schedule.name)
    }
}

impl Engine {
    /// Runs every schedule that is due at `now` and was not run for that time, in the order in which they are due; returns how many did
    /// what they should. One that the log has never heard of begins with what is due behind `now`. Blocks; on return everything is durable.
    pub fn run_due(&self, now: Timestamp) -> usize {
        let mut due: Vec<(Timestamp, Scheduled, Progress, u64)> = Vec::new();
        for scheduled in self.schedules() {
            match self.progress_of(scheduled) {
                None => self.begin(scheduled, now),
                Some((progress, revision)) => {
                    let time = owed(&progress, scheduled.schedule, self.retries(), now);
                    due.extend(time.map(|time| (time, scheduled, progress, revision)));
                }
            }
        }
        due.sort_by(|one, other| (one.0, &one.2.schedule).cmp(&(other.0, &other.2.schedule)));
        due.into_iter()
            .filter(|(time, scheduled, progress, revision)| self.run_for(*time, *scheduled, progress, *revision, now))
            .count()
    }

    /// The first time behind `after` at which any schedule is due.
    pub fn next_due(&self, after: Timestamp) -> Option<Timestamp> {
        self.schedules().filter_map(|scheduled| scheduled.schedule.times.next(after)).min()
    }

    fn schedules(&self) -> impl Iterator<Item = Scheduled> + '_ {
        let models = self.state().catalog().models.iter().map(|model| model.schema);
        models.flat_map(|schema| schema.schedules.iter().map(move |schedule| Scheduled { schema, schedule }))
    }

    /// How far a schedule is, and the revision of the record that says so.
    fn progress_of(&self, scheduled: Scheduled) -> Option<(Progress, u64)> {
        let catalog = self.state().catalog();
        let model = catalog.by_table(SCHEDULE.table)?;
        let key = encode_key(&catalog.models[model].key_terms, [&Value::Text(scheduled.name())]);
        let row = self.read(model, &key, None).ok()?.row?;
        let progress = Progress::of(&catalog.models[model].decode_row(&row.bytes).ok()?)?;
        Some((progress, row.revision))
    }

    fn begin(&self, scheduled: Scheduled, now: Timestamp) {
        let progress = Progress::begin(scheduled.name(), scheduled.schedule.text, now);
        // What cannot be stored now is begun the next time that somebody looks.
        let _ = self.record(&progress, None, now, None);
    }

    /// Whether the code did what it should, and that is stored.
    fn run_for(
        &self,
        due: Timestamp,
        scheduled: Scheduled,
        progress: &Progress,
        revision: u64,
        now: Timestamp,
    ) -> bool {
        let times = scheduled.schedule.text.to_owned();
        let attempts = if progress.failed == Some(due) { progress.attempts } else { 0 };
        let done = Progress { times, ..Progress::begin(progress.schedule.clone(), scheduled.schedule.text, due) };
        let run = scheduled.schedule.run;
        let code = Procedure(Arc::new(move |context| run(context, due)));
        let Err(refusal) = self.record(&done, Some(revision), now, Some(code)) else { return true };
        if let Some(error) = self.failure_to_note(&refusal) {
            let (tried_at, error) = (Some(now), Some(error));
            let failed = Progress { failed: Some(due), attempts: attempts + 1, tried_at, error, ..progress.clone() };
            let _ = self.record(&failed, Some(revision), now, None);
        }
        false
    }

    /// Stores how far a schedule is, with what its code changes, if it is as it was.
    fn record(
        &self,
        progress: &Progress,
        revision: Option<u64>,
        now: Timestamp,
        code: Option<Procedure>,
    ) -> Result<(), Refusal> {
        let catalog = self.state().catalog();
        let model = catalog.by_table(SCHEDULE.table).expect("registered with the schedules");
        let values = progress.values();
        let key = encode_key(&catalog.models[model].key_terms, [&values[0]]);
        let fields = values.into_iter().map(Supplied::Value).enumerate().collect();
        let draft = Draft { fields, revision: None };
        let (action, expected) = match revision {
            None => (Action::Create(draft), Expected::Absent),
            Some(revision) => (Action::Patch(Target::Key(key), draft), Expected::Revisions(vec![revision])),
        };
        let mut operations = vec![Operation { model, action, expected }];
        operations.extend(code.map(|code| Operation {
            model,
            action: Action::Transaction(code),
            expected: Expected::Anything,
        }));
        let principal = Principal::System(System::Schedule);
        block_on(self.submit(Command { now, principal, operations })).map(drop)
    }

    /// What the record of a schedule says of a refusal; nothing where the code is not to blame: somebody else ran it, or the server cannot write.
    fn failure_to_note(&self, refusal: &Refusal) -> Option<String> {
        match &refusal.reason {
            RefusalReason::Unavailable(Unavailable::Overloaded | Unavailable::DiskFull) => {
                Some("the log is not writable".to_owned())
            }
            RefusalReason::PreconditionFailed(_) | RefusalReason::Unavailable(_) => None,
            RefusalReason::Failed(failure) => Some(failure.detail.clone()),
            RefusalReason::Panicked => Some("the schedule panicked".to_owned()),
            _ => Some(self.in_words(refusal)),
        }
    }
}

/// The time for which a schedule is to be run now.
fn owed(progress: &Progress, schedule: &ScheduleSchema, retries: Retries, now: Timestamp) -> Option<Timestamp> {
    let latest = schedule.times.latest(now).filter(|latest| *latest > progress.done);
    match progress.failed {
        // A later time takes the place of one that failed.
        Some(failed) if latest.is_none_or(|latest| latest <= failed) => {
            let is_time = progress.tried_at.is_none_or(|tried_at| {
                let wait = i64::try_from(retries.wait_behind(progress.attempts).as_micros()).unwrap_or(i64::MAX);
                now >= tried_at.plus_micros(wait)
            });
            (progress.attempts < retries.attempts_max && is_time).then_some(failed)
        }
        _ => latest,
    }
}

/// Looks at the clock until it is dropped.
pub(crate) struct Scheduler {
    /// Nothing is ever sent: the channel's end is the word to end.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Scheduler {
    /// Starts the schedules of the engine's models, if there are any.
    pub(crate) fn start(engine: &Arc<Engine>) -> std::io::Result<Self> {
        if engine.schedules().next().is_none() {
            return Ok(Self { running: None, thread: None });
        }
        let (running, end) = channel::<()>();
        let engine: Weak<Engine> = Arc::downgrade(engine);
        let work = move || {
            loop {
                let Some(engine) = engine.upgrade() else { return };
                engine.run_due(now());
                drop(engine);
                if end.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("lithair-schedules".into()).spawn(work)?;
        Ok(Self { running: Some(running), thread: Some(thread) })
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.running = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was told there; stopping goes on.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60 * 1_000_000;
    static EVERY_MINUTE: ScheduleSchema = ScheduleSchema {
        name: "tick",
        summary: "",
        text: "every 1m",
        times: lithair_model::Times::Every(MINUTE),
        run: |_, _| Ok(()),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn due(progress: &Progress, now: i64) -> Option<i64> {
        let retries = Retries { attempts_max: 3, first_wait: Duration::from_secs(2) };
        owed(progress, &EVERY_MINUTE, retries, at(now)).map(|due| due.micros() / 1_000_000)
    }

    #[test]
    fn a_time_is_owed_once_and_of_missed_ones_the_last() {
        let begun = Progress::begin("tick".to_owned(), "every 1m", at(30));
        assert_eq!(due(&begun, 59), None, "what was due before the beginning is nobody's");
        assert_eq!(due(&begun, 60), Some(60));
        assert_eq!(due(&begun, 3_601), Some(3_600));
        assert_eq!(due(&Progress { done: at(3_600), ..begun.clone() }, 3_659), None);
        assert_eq!(due(&Progress { done: at(3_600), ..begun }, 10), None, "a clock that was set back");
    }

    #[test]
    fn what_failed_is_tried_again_until_the_next_time_is_due() {
        let begun = Progress::begin("tick".to_owned(), "every 1m", at(30));
        let failed = Progress { failed: Some(at(60)), attempts: 1, tried_at: Some(at(60)), ..begun };
        assert_eq!((due(&failed, 61), due(&failed, 62)), (None, Some(60)));
        let again = Progress { attempts: 2, tried_at: Some(at(62)), ..failed.clone() };
        assert_eq!((due(&again, 65), due(&again, 66)), (None, Some(60)), "twice as long");
        let given_up = Progress { attempts: 3, tried_at: Some(at(66)), ..failed.clone() };
        assert_eq!((due(&given_up, 119), due(&given_up, 120)), (None, Some(120)));
        let asked = Progress { attempts: 0, tried_at: None, ..failed };
        assert_eq!(due(&asked, 67), Some(60), "by `:retry`");
    }
}
