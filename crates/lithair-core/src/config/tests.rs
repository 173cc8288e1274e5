//! Settings, from every layer, good and bad.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::*;

/// Layers from texts such as `program server.addr=127.0.0.1:1`, in the order in which a program reads them.
fn layers(said: &[&str]) -> Layers {
    let mut layers = Layers::default();
    for line in said {
        let (layer, text) = line.split_once(' ').expect("a layer and what it says");
        if layer == "file" {
            layers.file_text(Path::new("lithair.toml"), text);
            continue;
        }
        let (name, value) = text.split_once('=').expect("a name and a value");
        match layer {
            "program" => layers.program(name, value),
            "env" => layers.environment([(OsString::from(name), OsString::from(value))].into_iter()),
            "flag" => layers.flag(name, "--flag", Some(value)),
            other => panic!("there is no layer {other}"),
        }
    }
    layers
}

#[track_caller]
fn refused(said: &[&str], expected: &[&str]) {
    assert_eq!(Config::of(&layers(said)).expect_err("is refused").problems, expected);
}

fn env(text: &str) -> [String; 1] {
    [format!("env {text}")]
}

#[test]
fn the_defaults_are_right() {
    let config = Config::of(&Layers::default()).expect("are right");
    let http = HttpConfig::new(config.http.addr);
    assert_eq!((config.http.addr.port(), &config.data), (8080, &PathBuf::from("./data")));
    // What the table says is what the parts have when nobody says anything.
    assert_eq!((&config.http.limits, &config.http.timeouts), (&http.limits, &http.timeouts));
    assert_eq!(config.http.reactors, http.reactors);
    assert_eq!((&config.http.firewall, &config.http.cors), (&http.firewall, &http.cors));
    assert_eq!((config.http.compression, config.access_log), (http.compression, false));
    let engine = EngineOptions::default();
    assert_eq!(
        (config.engine.snapshot_bytes, config.engine.keep_moments),
        (engine.snapshot_bytes, engine.keep_moments)
    );
    assert_eq!(config.engine.store.segment_bytes_max, engine.store.segment_bytes_max);
    assert_eq!(config.engine.store.queue_bytes_max, engine.store.queue_bytes_max);
}

#[test]
fn each_layer_beats_the_one_below() {
    let said = [
        "program server.addr=127.0.0.1:1",
        "file [server]\n\naddr = '127.0.0.1:2'",
        "env LITHAIR_SERVER__ADDR=127.0.0.1:3",
        "flag server.addr=127.0.0.1:4",
    ];
    let origins = [
        Origin::Program,
        Origin::File("lithair.toml".into(), 3),
        Origin::Environment("LITHAIR_SERVER__ADDR".into()),
        Origin::Flag("--flag"),
    ];
    assert_eq!(layers(&[]).origin("server.addr"), Origin::Default);
    for (count, origin) in (1..=4).zip(origins) {
        let layers = layers(&said[..count]);
        assert_eq!(usize::from(Config::of(&layers).expect("is right").http.addr.port()), count);
        assert_eq!(layers.origin("server.addr"), origin);
    }
}

#[test]
fn a_file_says_texts_numbers_and_flags() {
    let file = "file store.data = \"elsewhere\"\n[server]\nthreads = 3\ninsecure_http = true\naddr = \"0.0.0.0:80\"\n[limits]\nscan_rows = 5_000\n";
    let config = Config::of(&layers(&[file])).expect("is right");
    assert_eq!((config.data.to_str(), config.http.limits.scan_rows_max), (Some("elsewhere"), 5_000));
    assert_eq!(config.http.reactors, lithair_http::Reactors::PerThread(3));
}

#[test]
fn an_unknown_key_is_refused_with_its_origin_and_the_nearest_one() {
    refused(
        &["env LITHAIR_SERVER__ADRR=127.0.0.1:0"],
        &["LITHAIR_SERVER__ADRR: there is no setting `server.adrr`; did you mean `LITHAIR_SERVER__ADDR`?"],
    );
    refused(
        &["env LITHAIR_SERVER_ADDR=127.0.0.1:0"],
        &["LITHAIR_SERVER_ADDR: there is no setting `server_addr`; did you mean `LITHAIR_SERVER__ADDR`?"],
    );
    refused(
        &["env LITHAIR_server__addr=127.0.0.1:0"],
        &["LITHAIR_server__addr: there is no setting `server__addr`; did you mean `LITHAIR_SERVER__ADDR`?"],
    );
    refused(
        &["file [stoer]\n\ndata = 'x'"],
        &["lithair.toml:3: there is no setting `stoer.data`; did you mean `store.data`?"],
    );
    refused(&["file [a]\nb.c = 1"], &["lithair.toml:2: there is no setting `a.b.c`"]);
    refused(
        &["env LITHAIR_STORE__DATA_FILE=/run/secrets/x"],
        &["LITHAIR_STORE__DATA_FILE: there is no setting `store.data_file`; did you mean `LITHAIR_STORE__DATA`?"],
    );
    assert!(Config::of(&layers(&["env LITHAIRX=1", "env PATH=/bin", "env LITHAIR_TEST_DATA=/x"])).is_ok());
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let said = [
        "file [server]\nthreads = [1]\n[limits]\nfoo = 1\n",
        "env LITHAIR_STORE__SEGMENT=64 elephants",
        "env LITHAIR_TIMEOUTS__BODY=10",
        "flag server.addr=0.0.0.0:80",
    ];
    let problems = Config::of(&layers(&said)).expect_err("is refused").problems;
    assert_eq!(problems.len(), 5, "{problems:#?}");
    for part in ["(lithair.toml:2)", "limits.foo", "64 elephants", "(LITHAIR_TIMEOUTS__BODY)", "0.0.0.0:80"] {
        assert!(problems.iter().any(|problem| problem.contains(part)), "{part} is missing in {problems:#?}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_refused_where_it_stops_being_toml() {
    refused(
        &["file [server]\naddr = \n[limits]\nfoo = 1"],
        &["lithair.toml:2: string values must be quoted, expected literal string"],
    );
    refused(&["file [server]\nthreads = 1\nthreads = 2"], &["lithair.toml:3: duplicate key"]);
}

#[test]
fn a_value_that_cannot_be_is_refused_with_what_was_expected() {
    let size = "expected a size from 1KiB to 1GiB, such as 64KiB, 8MiB or 1GiB";
    for (text, expected) in [
        ("SERVER__ADDR=8080", "expected an address such as 127.0.0.1:8080"),
        ("SERVER__ADDR=example.org:80", "expected an address such as 127.0.0.1:8080"),
        ("SERVER__ADDR=127.0.0.1:70000", "expected an address such as 127.0.0.1:8080"),
        ("SERVER__THREADS=-1", "expected a whole number from 0 to 1024"),
        ("SERVER__THREADS=many", "expected a whole number from 0 to 1024"),
        ("SERVER__INSECURE_HTTP=yes", "expected true or false"),
        ("LIMITS__CONNECTIONS=0", "expected a whole number from 1 to 10000000"),
        ("LIMITS__SCAN_ROWS=0", "expected a whole number from 1"),
        ("LIMITS__BATCH_BODY=64kb", size),
        ("LIMITS__BATCH_BODY=", size),
        ("LIMITS__BATCH_BODY=-1", size),
        ("LIMITS__BATCH_BODY=1.5MiB", size),
        ("LIMITS__BATCH_BODY=99999999999999GiB", size),
        ("STORE__SEGMENT=1KiB", "expected a size from 1MiB to 1GiB, such as 64KiB, 8MiB or 1GiB"),
        ("TIMEOUTS__HEADER=10", "expected a time from 1ms to 86400s, such as 500ms, 10s, 5m or 1h"),
        ("TIMEOUTS__HEADER=0s", "expected a time from 1ms to 86400s, such as 500ms, 10s, 5m or 1h"),
        ("TIMEOUTS__HEADER=25h", "expected a time from 1ms to 86400s, such as 500ms, 10s, 5m or 1h"),
        ("STORE__DATA=", "expected a path"),
    ] {
        let said = env(&format!("LITHAIR_{text}"));
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let problems = Config::of(&layers(&said)).expect_err(text).problems;
        assert!(problems.len() == 1 && problems[0].ends_with(expected), "{text}: {problems:?}");
    }
}

#[test]
fn plain_http_for_others_must_be_asked_for() {
    for addr in ["0.0.0.0:80", "[::]:80", "192.168.1.1:80", "[::ffff:10.0.0.1]:80"] {
        let addr = format!("flag server.addr={addr}");
        let problems = Config::of(&layers(&[&addr])).expect_err("is refused").problems;
        assert!(problems.len() == 1 && problems[0].contains("insecure_http"), "{problems:?}");
        assert!(Config::of(&layers(&[&addr, "env LITHAIR_SERVER__INSECURE_HTTP=true"])).is_ok());
    }
    for addr in ["127.0.0.1:0", "localhost:8080", "[::1]:8080", "127.8.9.1:80", "[::ffff:127.0.0.1]:80"] {
        assert!(Config::of(&layers(&[&format!("flag server.addr={addr}")])).is_ok(), "{addr}");
    }
}

#[test]
fn sizes_and_times_have_units() {
    for (text, bytes) in [("64KiB", 65_536), ("7", 7), ("7B", 7), ("1 GiB", 1 << 30), ("2TiB", 2 << 40)] {
        assert_eq!(units::size(text), Some(bytes), "{text}");
        assert_eq!(units::size(&units::show_size(bytes)), Some(bytes));
    }
    assert_eq!(["64kb", "", "-1", "+1", "KiB", "20000000TiB"].map(units::size), [None; 6]);
    assert_eq!(
        ["500ms", "5m", "2h"].map(units::duration).map(|time| time.map(|time| time.as_millis())),
        [Some(500), Some(300_000), Some(7_200_000)]
    );
    assert_eq!(["5", "", "s", "-5s", "1.5s"].map(units::duration), [None::<Duration>; 5]);
}

#[test]
fn a_named_file_must_be_there() {
    let mut layers = Layers::default();
    layers.file(Some(Path::new("no/such/file.toml")));
    let problems = Config::of(&layers).expect_err("is refused").problems;
    assert!(problems.len() == 1 && problems[0].starts_with("no/such/file.toml: "), "{problems:?}");
}

#[cfg(unix)]
#[test]
fn a_text_that_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let mut layers = Layers::default();
    layers.environment([("LITHAIR_STORE__DATA".into(), OsString::from_vec(vec![b'a', 0xFF]))].into_iter());
    layers.environment([("OTHER".into(), OsString::from_vec(vec![0xFF]))].into_iter());
    let problems = Config::of(&layers).expect_err("is refused").problems;
    assert_eq!(problems, ["LITHAIR_STORE__DATA: the text is not UTF-8"]);
}

/// Each kind of build says the other thing: with the feature, what is wrong here is something else.
#[test]
fn a_program_without_tls_names_the_feature_that_has_it() {
    let problems =
        |said: &[&str]| Config::of(&layers(said)).map_or_else(|error| error.problems.join("\n"), |_| String::new());
    let keys = problems(&[
        "program auth.jwt.algorithm=ES256",
        "program auth.jwt.issuer=a",
        "program auth.jwt.audience=b",
        "program auth.jwt.jwks_url=https://id.example/keys",
    ]);
    let provider = problems(&["env LITHAIR_AUTH__OIDC__ACME__ISSUER=https://id.example"]);
    let is_lacking = |text: &str| text.contains("feature `oidc` of lithair-core, which this program lacks");
    assert_eq!((is_lacking(&keys), keys.is_empty()), (!auth::HAS_TLS, auth::HAS_TLS), "{keys}");
    assert_eq!(is_lacking(&provider), !auth::HAS_TLS, "{provider}");
    assert_eq!(provider.contains("auth.oidc.acme.client_id is missing"), auth::HAS_TLS, "{provider}");
}

#[test]
fn a_setting_with_a_name_is_there_once_for_each_name() {
    let said = ["env LITHAIR_AUTH__OIDC__B_2__ISSUER=x", "file [auth.oidc.a-1]\nscopes = ['openid', 'email']"];
    let layers = layers(&said);
    assert_eq!(layers.names().into_iter().collect::<Vec<_>>(), ["a-1", "b_2"]);
    assert_eq!((layers.text("auth.oidc.b_2.issuer"), layers.text("auth.oidc.b_2.algorithm")), ("x", "RS256"));
    assert!(layers.problems().is_empty());
    let said = ["program auth.oidc.A.issuer=x", "program auth.oidc.a.b.issuer=x", "program auth.oidc..issuer=x"];
    assert_eq!(self::layers(&said).problems().len(), 3);
}

#[test]
fn the_page_of_the_command_line_has_every_setting() {
    let page = include_str!("../../../../docs/command-line.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `") && line.contains('.')).collect();
    let setting = |key: &str| rows.iter().filter(|row| row.starts_with(&format!("| `{key}` |"))).count();
    for entry in SETTINGS {
        let row = format!("| `{}` | {} | {} |", entry.key, entry.default, entry.help);
        assert!(rows.contains(&row.as_str()) && setting(entry.key) == 1, "docs/command-line.md lacks: {row}");
    }
}

#[test]
fn who_may_come_is_read_from_lists() {
    let said = [
        "program firewall.allow=10.0.0.0/8, 2001:db8::/32",
        "program firewall.deny=10.66.0.0/16",
        "file [firewall]\ndeny = ['10.1.0.0/16', '192.0.2.7']\nrate = '100/s'\n[cors]\norigins = ['https://a.example']\ncredentials = true",
        "env LITHAIR_FIREWALL__TRUSTED_PROXIES=127.0.0.1",
    ];
    let http = Config::of(&layers(&said)).expect("is right").http;
    let shown = |networks: &[lithair_model::Network]| networks.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&http.firewall.allow), ["10.0.0.0/8", "2001:db8::/32"]);
    assert_eq!(shown(&http.firewall.deny), ["10.1.0.0/16", "192.0.2.7/32"]);
    assert_eq!(shown(&http.firewall.trusted_proxies), ["127.0.0.1/32"]);
    assert_eq!(http.firewall.rate.map(|rate| rate.to_string()).as_deref(), Some("100/s"));
    assert_eq!((http.cors.origins.len(), http.cors.credentials), (1, true));
}

#[test]
fn what_is_wrong_with_who_may_come_is_said() {
    let network = "expected a network such as `10.0.0.0/8` or `2001:db8::/32`, or one address";
    refused(
        &["env LITHAIR_FIREWALL__ALLOW=10.0.0.0/8, nonsense, 10.1.2.3/8"],
        &[
            &format!("firewall.allow = \"nonsense\" (LITHAIR_FIREWALL__ALLOW): {network}"),
            "firewall.allow = \"10.1.2.3/8\" (LITHAIR_FIREWALL__ALLOW): the network of this address is `10.0.0.0/8`",
        ],
    );
    refused(
        &["program firewall.rate=5/m", "program cors.origins=https://a.example/"],
        &[
            "firewall.rate = \"5/m\" (the program): expected a rate such as 100/s, 5/min, 1000/h or 10000/d, or nothing",
            "cors.origins = \"https://a.example/\" (the program): expected an origin such as https://app.example.com, \
             without a path, or *",
        ],
    );
    refused(
        &["program cors.origins=*", "program cors.credentials=true"],
        &[
            "cors.credentials = true (the program): not with cors.origins = *, which would let every page act for whoever \
           opens it; name the origins",
        ],
    );
}
