//! What stays flat as rows grow, how long a restart takes, and what a row weighs in memory.

use std::path::Path;
use std::time::Instant;

use super::process::Server;
use super::stats::quartiles;
use super::{Bench, Request, Work, create, data_bytes, load, seed};
use crate::AnyError;

const FEW_ROWS: u64 = 10_000;
const CONNECTIONS: usize = 32;

/// Compares a data directory of many rows with one of few, and restarts it.
pub(crate) fn run(bench: &Bench, growth: bool, restart: bool) -> Result<(), AnyError> {
    let few = bench.seeded("few", FEW_ROWS)?;
    let many = bench.seeded("many", bench.effort.many_rows)?;
    if restart {
        report_restart(bench, &few, &many)?;
    }
    if growth {
        report_growth(bench, &few, &many)?;
    }
    Ok(())
}

fn report_restart(bench: &Bench, few: &Path, many: &Path) -> Result<(), AnyError> {
    let rows = bench.effort.many_rows;
    let base = Server::products(few, bench.threads)?.resident_bytes()?;
    let mut seconds = Vec::new();
    let mut resident = 0;
    for _ in 0..bench.effort.rounds.min(5) {
        let server = Server::products(many, bench.threads)?;
        seconds.push(server.ready_after.as_secs_f64());
        resident = server.resident_bytes()?;
    }
    let time = quartiles(&seconds);
    println!("restart with {rows} products: {:.2} s [{:.2}, {:.2}]", time.median, time.first, time.third);
    let bytes = (resident - base) as f64 / (rows - FEW_ROWS) as f64;
    println!("memory a product: {bytes:.0} B resident ({:.0} B on disk)\n", data_bytes(many) as f64 / rows as f64);
    Ok(())
}

fn report_growth(bench: &Bench, few: &Path, many: &Path) -> Result<(), AnyError> {
    let rows = bench.effort.many_rows;
    let (small, large) = (Server::products(few, bench.threads)?, Server::products(many, bench.threads)?);
    println!("| what | cost at {rows} rows over cost at {FEW_ROWS} |\n|---|--:|");
    type Maker = (&'static str, u16, fn(u64) -> Request);
    let makers: [Maker; 3] = [
        ("GET by id", 200, |rows| Box::new(super::get(rows))),
        ("durable create", 201, |_| Box::new(create())),
        ("filtered list of 100", 200, |rows| Box::new(filtered(rows))),
    ];
    for (name, status, make) in makers {
        let mut works = [Work { name, status, request: make(FEW_ROWS) }, Work { name, status, request: make(rows) }];
        let mut ratios = Vec::new();
        for _ in 0..bench.effort.rounds {
            let begin = Instant::now();
            let a = load::run(small.address, CONNECTIONS, bench.effort.time, status, &mut works[0].request)?;
            let b = load::run(large.address, CONNECTIONS, bench.effort.time, status, &mut works[1].request)?;
            if a.unexpected + b.unexpected > 0 {
                return Err(format!("{}: unexpected answers after {:?}", works[0].name, begin.elapsed()).into());
            }
            ratios.push(a.rate() / b.rate());
        }
        let ratio = quartiles(&ratios);
        println!("| {} | **{:.2}x** [{:.2}, {:.2}] |", name, ratio.median, ratio.first, ratio.third);
    }
    println!();
    Ok(())
}

/// A list of the 100 products of one category.
fn filtered(rows: u64) -> impl FnMut(&mut Vec<u8>) {
    let mut number = 0_u64;
    move |out| {
        number = (number + 7_919) % rows;
        let category = seed::category(number);
        let line = format!(
            "GET /api/products?limit=100&filter=category%20%3D%20%22{category}%22 HTTP/1.1\r\nhost: bench\r\n\r\n"
        );
        out.extend_from_slice(line.as_bytes());
    }
}
