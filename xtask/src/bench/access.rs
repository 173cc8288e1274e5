//! What permissions cost: a token, a rule of rows, rules of fields, a rule over relations, many tenants and many roles; each beside the
//! same without it, in interleaved rounds of one run.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use lithair_core::testing::{Algorithm, Issuer};
use serde_json::json;

use super::process::{self, Server};
use super::stats::quartiles;
use super::{Bench, load};
use crate::AnyError;

const CONNECTIONS: usize = 32;
/// Of each kind of product. One of ten is not active.
const ROWS: u64 = 20_000;
const SHOPS: u64 = 100;
/// Of all tenants together: what grows is their number, not the rows.
const RENTED: u64 = 200_000;
/// Of the tenant that is asked.
const OWN: u64 = 200;

/// Who asks.
struct Caller {
    issuer: Issuer,
    token: String,
}

impl Caller {
    fn new() -> Self {
        let issuer = Issuer::new(Algorithm::Es256);
        let claims = json!({
            "iss": "bench", "aud": "guarded", "sub": "ann", "exp": 4_000_000_000_u64, "tenant": "asked", "roles": ["Head0"],
        });
        let token = issuer.token(&claims);
        Self { issuer, token }
    }

    /// Writes the request for a path, as the caller or as nobody.
    fn get(&self, path: String, is_known: bool) -> impl FnMut(&mut Vec<u8>) {
        let credential = if is_known { format!("authorization: Bearer {}\r\n", self.token) } else { String::new() };
        let request = format!("GET /api/{path} HTTP/1.1\r\nhost: bench\r\n{credential}\r\n");
        move |out| out.extend_from_slice(request.as_bytes())
    }
}

/// A data directory, and how its server is started.
struct Subject<'a> {
    bench: &'a Bench,
    caller: &'a Caller,
    data: PathBuf,
}

impl Subject<'_> {
    fn serve(&self, roles: u64, scan_rows: u64) -> Result<Server, AnyError> {
        let key = self.bench.directory.join("issuer.pem");
        std::fs::write(&key, self.caller.issuer.verification_key())?;
        let key = key.to_string_lossy().into_owned();
        let settings = [
            ("LITHAIR_AUTH__JWT__ALGORITHM", "ES256".to_owned()),
            ("LITHAIR_AUTH__JWT__PUBLIC_KEY_FILE", key),
            ("LITHAIR_AUTH__JWT__ISSUER", "bench".to_owned()),
            ("LITHAIR_AUTH__JWT__AUDIENCE", "guarded".to_owned()),
            ("LITHAIR_LIMITS__SCAN_ROWS", scan_rows.to_string()),
            ("GUARDED_ROLES", roles.to_string()),
        ];
        Server::application("guarded", &self.data, self.bench.threads, &settings)
    }
}

/// What the server looks at, unless a query asks for less.
const SCAN_ROWS: u64 = 200_000;

pub(super) fn run(bench: &Bench) -> Result<(), AnyError> {
    let caller = Caller::new();
    let few = Subject { bench, caller: &caller, data: seeded(bench, "ten-tenants", 10)? };
    let many = Subject { bench, caller: &caller, data: seeded(bench, "all-tenants", 100_000)? };
    println!("| what | of the same without | asked |\n|---|--:|--:|");
    let (small, large) = (few.serve(1, SCAN_ROWS)?, many.serve(1_000, SCAN_ROWS)?);
    let is_known = true;
    let cases = [
        ("GET with a token", 85, ("opens/77", false), ("knowns/77", is_known)),
        (
            "list of 100, a rule of rows and two of fields",
            70,
            ("opens?limit=100", false),
            ("ruleds?limit=100", is_known),
        ),
        ("list of 100, a rule two relations away", 0, ("opens?limit=100", false), ("belows?limit=100", is_known)),
    ];
    for (what, asked, plain, guarded) in cases {
        let of = |(path, is_known): (&str, bool)| caller.get(path.to_owned(), is_known);
        report(bench, what, asked, (&small, of(plain)), (&small, of(guarded)))?;
    }
    let cases = [
        ("GET, 100,000 tenants and 1,000 roles to 10 and 1", "renteds/77"),
        ("list of 100, 100,000 tenants and 1,000 roles to 10 and 1", "renteds?limit=100"),
        ("list of 100 by roles, 1,000 roles to 1", "ruleds?limit=100"),
    ];
    for (what, path) in cases {
        let of = || caller.get(path.to_owned(), is_known);
        report(bench, what, 90, (&small, of()), (&large, of()))?;
    }
    println!();
    drop((small, large));
    for path in ["ruleds?limit=100", "belows?limit=100"] {
        println!("rows looked at for {path}: {} of {ROWS}", looked_at(&few, path)?);
    }
    println!();
    Ok(())
}

/// Two servers or one, two requests, and how many answers a second the second gives of those that the first does.
fn report(
    bench: &Bench,
    what: &str,
    asked: u32,
    mut plain: (&Server, impl FnMut(&mut Vec<u8>)),
    mut other: (&Server, impl FnMut(&mut Vec<u8>)),
) -> Result<(), AnyError> {
    let mut ratios = Vec::new();
    for _ in 0..bench.effort.rounds {
        let a = load::run(plain.0.address, CONNECTIONS, bench.effort.time, 200, &mut plain.1)?;
        let b = load::run(other.0.address, CONNECTIONS, bench.effort.time, 200, &mut other.1)?;
        if a.unexpected + b.unexpected > 0 {
            return Err(format!("{what}: {} and {} answers are no 200", a.unexpected, b.unexpected).into());
        }
        ratios.push(b.rate() / a.rate() * 100.0);
    }
    let ratio = quartiles(&ratios);
    let asked = if asked == 0 { "-".to_owned() } else { format!("{asked} %") };
    println!("| {what} | **{:.0} %** [{:.0}, {:.0}] | {asked} |", ratio.median, ratio.first, ratio.third);
    Ok(())
}

/// The smallest budget of rows with which the query is answered: what it looks at, related records included.
fn looked_at(subject: &Subject<'_>, path: &str) -> Result<u64, AnyError> {
    let (mut too_few, mut enough) = (0, SCAN_ROWS);
    while enough - too_few > 1 {
        let budget = too_few.midpoint(enough);
        let server = subject.serve(1, budget)?;
        let mut request = Vec::new();
        subject.caller.get(path.to_owned(), true)(&mut request);
        let (status, _) = process::request(server.address, std::str::from_utf8(&request)?).ok_or("no answer")?;
        if status == 200 { enough = budget } else { too_few = budget }
    }
    Ok(enough)
}

fn seeded(bench: &Bench, name: &str, tenants: u64) -> Result<PathBuf, AnyError> {
    let data = bench.directory.join(name);
    let folder = data.with_extension("seed");
    std::fs::create_dir_all(&folder)?;
    // The same records, so that what is compared differs in the rules alone.
    for model in ["Open", "Known", "Ruled"] {
        let keeper = |number: u64| format!(",\"keeper\":\"k{}\"", number % 50);
        write(&folder, model, ROWS, |line, number| product(line, number, &keeper(number)))?;
    }
    write(&folder, "Shop", SHOPS, |line, number| write!(line, "{{\"id\":{number}}}"))?;
    // Of two shops it is the caller's to read.
    write(&folder, "ShopKeeper", SHOPS, |line, number| {
        let login = if number < 2 { "ann".to_owned() } else { format!("k{number}") };
        write!(line, "{{\"id\":{number},\"login\":\"{login}\",\"shop_id\":{number}}}")
    })?;
    write(&folder, "Below", ROWS, |line, number| product(line, number, &format!(",\"shop_id\":{}", number % SHOPS)))?;
    write(&folder, "Rented", RENTED, |line, number| {
        let org = if number < OWN { "asked".to_owned() } else { format!("org-{}", number % tenants) };
        product(line, number, &format!(",\"org\":\"{org}\""))
    })?;
    super::seed::import_folder(&process::binary("guarded")?, &folder, &data)?;
    Ok(data)
}

fn write(
    folder: &Path,
    model: &str,
    count: u64,
    fields: impl Fn(&mut String, u64) -> std::fmt::Result,
) -> Result<(), AnyError> {
    let mut out = BufWriter::new(std::fs::File::create(folder.join(format!("{model}.ndjson")))?);
    let mut line = String::with_capacity(256);
    for number in 0..count {
        line.clear();
        fields(&mut line, number)?;
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(out.flush()?)
}

fn product(line: &mut String, number: u64, more: &str) -> std::fmt::Result {
    write!(
        line,
        "{{\"id\":{number},\"sku\":\"SEED-{number:010}\",\"name\":\"Product number {number}, of stainless steel, large\",\
         \"category\":\"category-{:06}\",\"price\":\"{}.{:02}\",\"stock\":{},\"active\":{},\
         \"listed_at\":\"2026-01-31T12:00:00Z\"{more}}}",
        number / 100,
        number % 1_000,
        number % 100,
        number % 5_000,
        !number.is_multiple_of(10),
    )
}
