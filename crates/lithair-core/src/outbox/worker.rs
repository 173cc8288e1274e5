//! One hook at work.

use std::pin::Pin;
use std::sync::Arc;

use lithair_model::{
    Action, Backend as _, Command, Draft, Effects, Entry, Expected, Happening, HookError, Key, ModelSchema, Operation,
    Position, Principal, Procedure, RefusalReason, Supplied, System, Target, Transactions, Value, encode_key,
};
use tokio::sync::watch;

use super::records::{DEAD_LETTER, DELIVERY, DeadLetter};
use super::retried::retried;
use super::{Hook, Retries};
use crate::Engine;
use crate::block_on::block_on;
use crate::clock::now;
use crate::entries::entry_of;
use crate::follow::{Run, happenings, run_behind};

/// Deliveries after which progress is stored, if there is no pause before.
const DELIVERIES_UNSTORED_MAX: u64 = 64;
/// Positions without a delivery after which progress is stored: a start reads no more than these in vain.
const POSITIONS_UNSTORED_MAX: u64 = 10_000;

pub(super) struct Worker {
    engine: Arc<Engine>,
    hook: Hook,
    retries: Retries,
    stopping: watch::Receiver<bool>,
    /// Everything up to here is done.
    done: Position,
    /// How far the stored progress is.
    stored: Position,
    /// Deliveries behind the stored progress.
    unstored: u64,
}

/// The server stops: what is not done is done after the next start.
struct Stopping;

/// What became of a delivery.
enum Delivery {
    Done,
    /// The attempts are used up; what the last one said.
    Failed {
        attempts: u32,
        error: HookError,
    },
}

impl Worker {
    /// A hook that goes on where it was. One that is new begins with what happens from now on, and on return that is stored.
    pub(super) fn new(engine: Arc<Engine>, hook: Hook, retries: Retries, stopping: watch::Receiver<bool>) -> Self {
        let stored = progress(&engine, hook);
        let done = stored.unwrap_or_else(|| engine.position());
        let mut worker = Self { engine, hook, retries, stopping, done, stored: done, unstored: 0 };
        if stored.is_none() {
            block_on(worker.store_progress());
        }
        worker
    }

    /// Delivers until the server stops.
    pub(super) async fn work(mut self) {
        while self.catch_up().await.is_ok() && self.wait().await.is_ok() {}
        // What was delivered is not delivered again, if the log still takes it.
        if self.unstored > 0 {
            self.store_progress().await;
        }
    }

    /// Delivers everything that is published.
    async fn catch_up(&mut self) -> Result<(), Stopping> {
        while self.done < self.engine.position() {
            for (position, entry) in self.entries()? {
                if let Some(entry) = entry {
                    self.take(position, &entry).await?;
                }
                self.done = position;
                if self.unstored >= DELIVERIES_UNSTORED_MAX {
                    self.store_progress().await;
                }
            }
        }
        if self.unstored > 0 || self.done.get() - self.stored.get() > POSITIONS_UNSTORED_MAX {
            self.store_progress().await;
        }
        Ok(())
    }

    /// The next run of published positions, at least one.
    fn entries(&self) -> Result<Run, Stopping> {
        run_behind(&self.engine, self.done).map_err(|error| self.stop(&error))
    }

    /// The log cannot be read: going on would leave something out. Health says so.
    fn stop(&self, error: &dyn std::error::Error) -> Stopping {
        self.engine.outbox_failed(format!("{}: {error}", self.hook.name()));
        Stopping
    }

    /// Waits for something new.
    async fn wait(&mut self) -> Result<(), Stopping> {
        let next = self.done.next();
        let (engine, stopping) = (Arc::clone(&self.engine), &mut self.stopping);
        tokio::select! {
            _ = stopping.wait_for(|stops| *stops) => Err(Stopping),
            () = engine.reached(next) => Ok(()),
        }
    }

    async fn take(&mut self, position: Position, entry: &Entry) -> Result<(), Stopping> {
        let engine = Arc::clone(&self.engine);
        let catalog = engine.state().catalog();
        for (place, happening) in self.happenings(position, entry)? {
            self.unstored += 1;
            if let Delivery::Failed { attempts, error } = self.deliver(position, place, &happening).await? {
                self.bury(position, place, attempts, error).await;
            }
        }
        for key in retried(catalog, entry) {
            self.retry(&key).await?;
        }
        Ok(())
    }

    /// What the hook waits for in an entry.
    fn happenings(&self, position: Position, entry: &Entry) -> Result<Vec<(usize, Happening)>, Stopping> {
        let Hook { schema, hook } = self.hook;
        happenings(&self.engine, schema.table, hook.on, position, entry).map_err(|error| self.stop(&error))
    }

    /// Tries until it is done or the attempts are used up.
    async fn deliver(&mut self, position: Position, place: usize, happening: &Happening) -> Result<Delivery, Stopping> {
        let mut attempt = 1;
        loop {
            let Err(error) = self.attempt(position, place, attempt, happening.clone()).await else {
                return Ok(Delivery::Done);
            };
            if attempt >= self.retries.attempts_max {
                return Ok(Delivery::Failed { attempts: attempt, error });
            }
            tokio::select! {
                _ = self.stopping.wait_for(|stops| *stops) => return Err(Stopping),
                () = tokio::time::sleep(self.retries.wait_behind(attempt)) => {}
            }
            attempt += 1;
        }
    }

    /// One attempt. A panic of the hook is one that failed.
    async fn attempt(&self, position: Position, place: usize, attempt: u32, what: Happening) -> Result<(), HookError> {
        let transactions = Arc::new(OfEngine(Arc::clone(&self.engine)));
        let effects = Effects::new(position, place, attempt, transactions);
        let run = tokio::spawn((self.hook.hook.run)(what, effects));
        run.await.unwrap_or_else(|_| Err(HookError::new("the hook panicked")))
    }

    /// Keeps what could not be delivered.
    async fn bury(&self, position: Position, place: usize, attempts: u32, error: HookError) {
        let letter = DeadLetter { hook: self.hook.name(), position, place, error: error.0, attempts, failed_at: now() };
        self.store(&DEAD_LETTER, letter.values()).await;
    }

    /// Tries a dead letter of this hook once more.
    async fn retry(&mut self, key: &Key) -> Result<(), Stopping> {
        let engine = Arc::clone(&self.engine);
        let catalog = engine.state().catalog();
        let Some(model) = catalog.by_table(DEAD_LETTER.table) else { return Ok(()) };
        let row = engine.read(model, key, None).ok().and_then(|read| read.row);
        let values = row.and_then(|row| catalog.models[model].decode_row(&row.bytes).ok());
        let Some(letter) = values.and_then(|values| DeadLetter::of(&values)) else { return Ok(()) };
        if letter.hook != self.hook.name() {
            return Ok(());
        }
        self.unstored += 1;
        let event = engine.entries_from(letter.position).next().and_then(Result::ok);
        let entry = event.filter(|event| event.position == letter.position);
        let entry = entry.and_then(|event| entry_of(&event).ok());
        let found = entry.map(|entry| self.happenings(letter.position, &entry)).transpose()?.unwrap_or_default();
        let happening = found.into_iter().find(|(place, _)| *place == letter.place);
        let Some((place, happening)) = happening else { return Ok(()) };
        let attempts = letter.attempts + 1;
        match self.attempt(letter.position, place, attempts, happening).await {
            Ok(()) => self.submit(model, Action::Delete(Target::Key(key.clone()))).await,
            Err(error) => self.bury(letter.position, place, attempts, error).await,
        }
        Ok(())
    }

    async fn store_progress(&mut self) {
        let position = self.done;
        self.store(&DELIVERY, vec![Value::Text(self.hook.name()), Value::Int(position.get().into())]).await;
        (self.stored, self.unstored) = (position, 0);
    }

    /// Creates or replaces a record of the outbox's own.
    async fn store(&self, schema: &'static ModelSchema, values: Vec<Value>) {
        let model = self.engine.state().catalog().by_table(schema.table).expect("registered with the hooks");
        let fields = values.into_iter().map(Supplied::Value).enumerate().collect();
        self.submit(model, Action::Import(Draft { fields, revision: None })).await;
    }

    /// What the log does not take now (a full disk, a stop) is delivered again after the next start.
    async fn submit(&self, model: usize, action: Action) {
        let operations = vec![Operation { model, action, expected: Expected::Anything }];
        let _ =
            self.engine.submit(Command { now: now(), principal: Principal::System(System::Outbox), operations }).await;
    }
}

/// How far a hook was when that was stored last.
fn progress(engine: &Engine, hook: Hook) -> Option<Position> {
    let catalog = engine.state().catalog();
    let model = catalog.by_table(DELIVERY.table)?;
    let entry = &catalog.models[model];
    let key = encode_key(&entry.key_terms, [&Value::Text(hook.name())]);
    let row = engine.read(model, &key, None).ok()?.row?;
    match entry.field(&row, 1) {
        Value::Int(position) => u64::try_from(position).ok().map(Position::new),
        _ => None,
    }
}

/// Transactions of hooks.
struct OfEngine(Arc<Engine>);

impl Transactions for OfEngine {
    fn run(&self, code: Procedure) -> Pin<Box<dyn Future<Output = Result<(), HookError>> + Send + '_>> {
        Box::pin(async move {
            let done = self.0.run_procedure(Action::Transaction(code), Principal::System(System::Hook)).await;
            done.map_err(|refusal| match refusal.reason {
                RefusalReason::Failed(failure) => HookError(failure.detail),
                _ => HookError(self.0.in_words(&refusal)),
            })
        })
    }
}
