mod state_machine;
mod log;
