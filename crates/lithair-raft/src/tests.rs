mod gate;
mod log;
mod suite;
