//! Background work takes only the time that nobody else wants.

use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

/// From here on this thread gives way to every other (`SCHED_IDLE`, sched(7)). A sync of the log must not wait, runnable, while a
/// segment is compressed: without this it did so for up to 4 ms at a time, on two cores. A weaker nice value does not help: the
/// kernel lets whoever runs finish its slice.
pub fn give_way() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    // Where that is refused, background work costs latency and nothing else.
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
}
