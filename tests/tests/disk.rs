//! Disks that fill up and disks that fail, under the real binary.

use std::path::Path;
use std::process::Command;

use acceptance::{App, Client, Folder, skip};
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// A small file system of its own, unmounted when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(path: &'a Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(path).ok()?;
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", path.to_str()?]).then_some(Self(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap_or_default()]);
    }
}

fn create(client: &mut Client, name: &str) -> (u16, Option<String>) {
    let body = json!({"name": name, "note": "n".repeat(8_000)});
    let answer = client.send("POST", "/api/accounts", &body).expect("the server answers");
    (answer.status, answer.header("retry-after").map(str::to_owned))
}

#[test]
fn a_full_disk_keeps_reads_and_writing_resumes() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "full");
    let mount = folder.join("disk");
    let Some(_disk) = SmallDisk::mount(&mount, "192m") else {
        return skip("a_full_disk_keeps_reads_and_writing_resumes", "a tmpfs cannot be mounted here");
    };
    let app = App::start(BINARY, &mount.join("data")).expect("starts");
    let mut client = app.client();
    assert_eq!(create(&mut client, "before").0, 201);

    // Somebody else takes all the space that is left.
    let ballast = mount.join("ballast");
    fill(&ballast);
    let mut written = vec!["before".to_owned()];
    let refused = (0..100_000).find_map(|number| {
        let name = format!("account {number}");
        match create(&mut client, &name) {
            (201, _) => {
                written.push(name);
                None
            }
            other => Some(other),
        }
    });
    let (status, retry) = refused.expect("the disk fills up at last");
    assert_eq!(status, 503);
    assert!(retry.is_some(), "a 503 says when to come back");
    let list = client.get("/api/accounts?limit=1&count=exact").expect("reads go on");
    assert_eq!((list.status, list.json()["total"].as_u64()), (200, Some(written.len() as u64)));
    let health = client.get("/health/ready").expect("answers");
    assert_eq!(health.status, 503);
    assert!(String::from_utf8_lossy(&health.body).contains("disk"), "it says which check fails");

    std::fs::remove_file(&ballast).expect("the ballast goes");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let name = format!("after {attempt}");
        if create(&mut client, &name).0 == 201 {
            written.push(name);
            break;
        }
        assert!(std::time::Instant::now() < deadline, "writing resumes when space returns");
        std::thread::yield_now();
    }
    app.kill();
    let app = App::start(BINARY, &mount.join("data")).expect("recovers");
    let list = app.client().get("/api/accounts?limit=1&count=exact").expect("answers").json();
    assert_eq!(list["total"].as_u64(), Some(written.len() as u64), "nothing acknowledged is lost");
}

fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).expect("the ballast is made");
    for bytes in [1 << 20, 1 << 12] {
        while file.write_all(&vec![1; bytes]).is_ok() {}
    }
}

#[test]
fn a_failed_sync_is_never_acknowledged_and_ends_the_process() {
    if !run("strace", &["-f", "-e", "trace=fdatasync", "true"]) {
        return skip("a_failed_sync_is_never_acknowledged_and_ends_the_process", "strace cannot trace here");
    }
    let mut failures = 0;
    for nth in [3, 7, 20] {
        let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "eio");
        let data = folder.join("data");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e"]);
        command.arg(format!("inject=fdatasync:error=EIO:when={nth}+")).arg(BINARY);
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(&data);
        let Ok(app) = App::spawn(command) else { continue };
        let mut client = app.client();
        let mut acknowledged = 0;
        while let Ok(answer) = client.send("POST", "/api/accounts", &json!({"name": format!("account {acknowledged}")}))
        {
            if answer.status != 201 {
                assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
                break;
            }
            acknowledged += 1;
        }
        let (status, told) = app.wait();
        assert!(!status.success(), "the process ends by itself: {told}");
        failures += 1;
        let app = App::start(BINARY, &data).expect("recovers on the healthy disk");
        let total =
            app.client().get("/api/accounts?count=exact").expect("answers").json()["total"].as_u64().expect("a total");
        assert!(total == acknowledged || total == acknowledged + 1, "{acknowledged} acknowledged, {total} there");
    }
    assert!(failures >= 1, "no failure was injected, so nothing was shown");
}
