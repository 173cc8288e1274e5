//! The simulated disk is a folder like any other, and keeps through a crash what it promises to.

use lithair_sim::{Loss, SimDisk};
use lithair_store::Media as _;
use lithair_store::testing::check_media;

#[test]
fn the_simulated_disk_does_what_every_folder_does() {
    check_media(&SimDisk::new());
}

#[test]
fn what_was_synced_is_there_after_a_crash_if_its_name_is() {
    let disk = SimDisk::new();
    for name in ["named", "unnamed"] {
        let file = disk.create(name).expect("is made");
        file.write_all_at(b"synced", 0).expect("is written");
        file.sync().expect("is synced");
        file.write_all_at(b"LOST", 0).expect("is written");
        if name == "named" {
            disk.sync_directory().expect("is synced");
        }
    }
    let found = disk.after_crash(Loss::Everything);
    assert_eq!(found.list().expect("is listed"), ["named"]);
    assert_eq!(found.read("named"), b"synced");
    let found = disk.after_crash(Loss::Nothing);
    assert_eq!(found.list().expect("is listed"), ["named", "unnamed"]);
    assert_eq!(found.read("named"), b"LOSTed");
}
