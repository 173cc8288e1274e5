//! Telling waiting tasks that their entry is applied: one wake-up a thread and batch, not one a task.
//!
//! Waking a task of another thread costs a system call and a trip through the scheduler. So the flusher puts every outcome into its
//! slot, then wakes one waiter of each thread; that one, being polled on its own thread, wakes the others there, which costs next to
//! nothing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

/// Where one outcome arrives.
type Slot<O> = Mutex<SlotState<O>>;

enum SlotState<O> {
    Waiting(Option<Waker>),
    Done(O),
    /// Nobody waits any more, or the outcome was taken.
    Over,
}

/// The tasks of one thread whose outcomes have arrived and that were not woken yet.
pub(crate) struct Mailbox<O> {
    arrived: Mutex<Vec<(Arc<Slot<O>>, Waker)>>,
}

impl<O> Mailbox<O> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { arrived: Mutex::new(Vec::new()) })
    }

    /// Wakes everybody whose outcome has arrived.
    fn deliver(&self) {
        let arrived = std::mem::take(&mut *self.arrived.lock());
        arrived.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Wakes one task that will deliver to the others: when it takes its outcome, or when it is dropped instead.
    fn wake_one(&self) {
        loop {
            let Some((slot, waker)) = self.arrived.lock().pop() else { return };
            // One that is over has delivered already, perhaps before the others had arrived.
            if matches!(*slot.lock(), SlotState::Done(_)) {
                return waker.wake();
            }
        }
    }
}

/// The end that waits.
pub(crate) struct Waiting<O> {
    slot: Arc<Slot<O>>,
    mailbox: Arc<Mailbox<O>>,
}

/// The end that tells.
pub(crate) struct Completion<O> {
    slot: Arc<Slot<O>>,
    mailbox: Arc<Mailbox<O>>,
}

/// Two ends. The waiting one belongs to the thread whose mailbox this is.
pub(crate) fn completion<O>(mailbox: &Arc<Mailbox<O>>) -> (Completion<O>, Waiting<O>) {
    let slot = Arc::new(Mutex::new(SlotState::Waiting(None)));
    let completion = Completion { slot: Arc::clone(&slot), mailbox: Arc::clone(mailbox) };
    (completion, Waiting { slot, mailbox: Arc::clone(mailbox) })
}

impl<O> Future for Waiting<O> {
    type Output = O;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O> {
        let outcome = {
            let mut state = self.slot.lock();
            match std::mem::replace(&mut *state, SlotState::Over) {
                SlotState::Done(outcome) => outcome,
                SlotState::Waiting(_) => {
                    *state = SlotState::Waiting(Some(context.waker().clone()));
                    return Poll::Pending;
                }
                SlotState::Over => unreachable!("a future that is ready is not polled again"),
            }
        };
        self.mailbox.deliver();
        Poll::Ready(outcome)
    }
}

impl<O> Drop for Waiting<O> {
    fn drop(&mut self) {
        // It may be the one that was to wake the others.
        *self.slot.lock() = SlotState::Over;
        self.mailbox.deliver();
    }
}

/// Tells all of a batch, then wakes one waiter of each thread.
pub(crate) fn complete_all<O>(outcomes: impl IntoIterator<Item = (Completion<O>, O)>) {
    let mut mailboxes: Vec<Arc<Mailbox<O>>> = Vec::new();
    for (Completion { slot, mailbox }, outcome) in outcomes {
        let waker = {
            let mut state = slot.lock();
            match &mut *state {
                SlotState::Over => continue,
                SlotState::Done(_) => unreachable!("a completion is told once"),
                SlotState::Waiting(waker) => {
                    let waker = waker.take();
                    *state = SlotState::Done(outcome);
                    waker
                }
            }
        };
        // Without a waker the task has not been polled yet; it finds its outcome when it is.
        let Some(waker) = waker else { continue };
        mailbox.arrived.lock().push((slot, waker));
        if !mailboxes.iter().any(|known| Arc::ptr_eq(known, &mailbox)) {
            mailboxes.push(mailbox);
        }
    }
    mailboxes.iter().for_each(|mailbox| mailbox.wake_one());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll<O>(waiting: &mut Waiting<O>, count: &Arc<Count>) -> Poll<O> {
        let waker = Waker::from(Arc::clone(count));
        Pin::new(waiting).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn one_wake_up_serves_a_batch() {
        let (mailbox, count) = (Mailbox::new(), Arc::<Count>::default());
        let (told, mut waiting): (Vec<_>, Vec<_>) = (0..5).map(|_| completion(&mailbox)).unzip();
        assert!(waiting.iter_mut().all(|waiting| poll(waiting, &count).is_pending()));
        complete_all(told.into_iter().zip(0..));
        assert_eq!(count.0.load(Ordering::SeqCst), 1, "one task is woken from outside");
        assert_eq!(poll(&mut waiting[4], &count), Poll::Ready(4));
        assert_eq!(count.0.load(Ordering::SeqCst), 5, "and wakes the others");
        assert_eq!(poll(&mut waiting[0], &count), Poll::Ready(0));
    }

    #[test]
    fn a_task_that_goes_away_leaves_nobody_asleep() {
        let (mailbox, count) = (Mailbox::new(), Arc::<Count>::default());
        let (told, mut waiting): (Vec<_>, Vec<_>) = (0..5).map(|_| completion(&mailbox)).unzip();
        assert!(waiting.iter_mut().all(|waiting| poll(waiting, &count).is_pending()));
        complete_all(told.into_iter().zip(0..));
        drop(waiting.pop());
        assert_eq!(count.0.load(Ordering::SeqCst), 5, "the one that was woken wakes the others as it goes");
    }
}
