//! A thread a projection, which folds what comes.

use std::sync::Arc;
use std::thread::JoinHandle;

use lithair_model::Backend as _;
use tokio::runtime::Builder;
use tokio::sync::watch;

use super::ProjectionError;
use crate::Engine;

/// Works until it is dropped.
pub(crate) struct Projectors {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Projectors {
    /// Starts to fold into the engine's projections, if there are any.
    pub(crate) fn start(engine: &Arc<Engine>) -> std::io::Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let mut projectors = Self { stop, threads: Vec::new() };
        engine.begin_projections().map_err(std::io::Error::other)?;
        let places: Vec<usize> = engine.projections().map(|model| model.place).collect();
        for place in places {
            let runtime = Builder::new_current_thread().enable_time().build()?;
            let (engine, stopping) = (Arc::clone(engine), stopping.clone());
            let thread = std::thread::Builder::new().name("lithair-projection".into());
            projectors.threads.push(thread.spawn(move || runtime.block_on(work(&engine, place, stopping)))?);
        }
        Ok(projectors)
    }
}

impl Drop for Projectors {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Folds, waits for something new, and so on. What fails is tried again, later each time.
async fn work(engine: &Arc<Engine>, place: usize, mut stopping: watch::Receiver<bool>) {
    let mut failures = 0;
    loop {
        let read_up_to = engine.position();
        let stops = || *stopping.borrow();
        let outcome = engine.fold_projection(&engine.state().catalog().models[place], &stops);
        let wait = match outcome {
            Ok(()) => {
                failures = 0;
                None
            }
            Err(ProjectionError::Stopped) => return,
            Err(_) => {
                failures += 1;
                Some(engine.retries().wait_behind(failures))
            }
        };
        let something = async {
            match wait {
                None => engine.reached(read_up_to.next()).await,
                Some(wait) => tokio::time::sleep(wait).await,
            }
        };
        tokio::select! {
            _ = stopping.wait_for(|stops| *stops) => return,
            () = something => {}
        }
    }
}
