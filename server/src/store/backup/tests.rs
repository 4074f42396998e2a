//! Stories of backups: taken while the city goes on, restored to the same, refused when damaged.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::command::Block;
use domain::picture::Picture;
use tempfile::TempDir;

use super::super::{Folder, Journal, Reporter, Vault, VaultEntry, picture_digest, samples, verify};
use super::*;

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn snapshot_of(block: u64) -> Picture {
    let mut picture = Picture::empty();
    picture.block = BlockNumber(block);
    picture.now = samples::minute(block);
    picture
}

fn blocks_of(reader: &JournalReader) -> Vec<Block> {
    let blocks = reader.blocks_after(BlockNumber(0)).expect("reads");
    blocks.map(|block| block.expect("good")).collect()
}

/// A city of twelve blocks, a reporter and a snapshot, and its backup.
struct Saved {
    home: TempDir,
    file: PathBuf,
    manifest: Manifest,
    blocks: Vec<Block>,
    reporter: VaultEntry,
    life: String,
}

fn saved() -> Saved {
    let home = home();
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    let reporter = Reporter {
        name: "陈女士".into(),
        phone: "13800000000".into(),
        confidential: false,
    };
    let reporter = VaultEntry::seal(&reporter).expect("sealed");
    let kept = reporter.clone().into();
    for number in 1..=12 {
        let sealed = if number == 3 {
            std::slice::from_ref(&kept)
        } else {
            &[]
        };
        journal
            .append(&samples::block(number, 3), sealed)
            .expect("written");
    }
    let snapshots = Snapshots::of(&folder);
    for block in [5, 10] {
        snapshots.put(&snapshot_of(block), 1).expect("kept");
    }
    let file = home.path().join("city.backup");
    let manifest = backup(&journal.reader(), &snapshots, &file, samples::minute(12)).expect("made");
    let blocks = blocks_of(&journal.reader());
    Saved {
        home,
        file,
        manifest,
        blocks,
        reporter,
        life: journal.life().expect("named"),
    }
}

#[test]
fn a_restored_city_is_the_same_city() {
    let saved = saved();
    assert_eq!(
        (saved.manifest.last, saved.manifest.snapshot),
        (BlockNumber(12), Some(BlockNumber(10)))
    );
    let mode = fs::metadata(&saved.file)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "it holds keys");
    for beside in ["city.backup.part", "city.backup-wal", "city.backup-journal"] {
        assert!(!saved.home.path().join(beside).exists(), "{beside}");
    }

    let dir = saved.home.path().join("restored");
    assert_eq!(
        restore(&saved.file, &dir).expect("restored"),
        saved.manifest
    );
    let folder = Folder::open(&dir).expect("a data folder");
    let (mut journal, opened) = Journal::open(&folder, false).expect("opens");
    assert_eq!((opened.last, opened.cut), (BlockNumber(12), None));
    assert_eq!(blocks_of(&journal.reader()), saved.blocks);
    assert_ne!(
        journal.life().expect("named"),
        saved.life,
        "a position of the future that was given up means nothing here"
    );
    let found = Snapshots::of(&folder)
        .newest_at_or_before(BlockNumber(12))
        .expect("read")
        .expect("one");
    assert_eq!(
        picture_digest(&found.picture),
        picture_digest(&snapshot_of(10))
    );
    let vault = Vault::open(&folder).expect("opens");
    let name = vault
        .reporter(&saved.reporter.token)
        .expect("read")
        .expect("there")
        .name;
    assert_eq!(name, "陈女士");
    journal
        .append(&samples::block(13, 1), &[])
        .expect("the city goes on");
    drop(journal);
    assert_eq!(
        verify(&dir).expect("looked at").mistakes,
        Vec::<String>::new()
    );
}

#[test]
fn a_backup_of_another_version_is_restored_without_its_snapshot() {
    let home = home();
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    for number in 1..=3 {
        journal
            .append(&samples::block(number, 2), &[])
            .expect("written");
    }
    let snapshots = Snapshots::of(&folder);
    snapshots.put(&snapshot_of(2), 1).expect("kept");
    let file = home.path().join("city.backup");
    let manifest = backup(&journal.reader(), &snapshots, &file, samples::minute(3)).expect("made");
    assert_eq!(manifest.snapshot, Some(BlockNumber(2)));
    // As the program of before made it: its own layout of the Picture, and a SHA-256 over that.
    let made = Connection::open(&file).expect("opens");
    let mut snapshot: Vec<u8> = made
        .query_row("SELECT file FROM snapshot", [], |row| row.get(0))
        .expect("there");
    snapshot[7] -= 1;
    made.execute("UPDATE snapshot SET file = ?1", [snapshot])
        .expect("put");
    let (_, sha256) = content_digest(&made, FORMAT).expect("walked");
    made.execute("UPDATE manifest SET sha256 = ?1", [sha256])
        .expect("put");
    drop(made);

    let dir = home.path().join("restored");
    let restored = restore(&file, &dir).expect("restored");
    assert_eq!(
        (restored.last, restored.snapshot),
        (BlockNumber(3), None),
        "a start replays all of it"
    );
    let again = Folder::open(&dir).expect("a data folder");
    assert_eq!(
        blocks_of(&JournalReader::of(&again)),
        blocks_of(&journal.reader())
    );
    let found = Snapshots::of(&again).newest_at_or_before(BlockNumber(3));
    assert!(found.expect("read").is_none());
    drop(again);
    assert_eq!(
        verify(&dir).expect("looked at").mistakes,
        Vec::<String>::new()
    );
}

#[test]
fn a_backup_is_never_written_over_and_a_folder_never_restored_into() {
    let saved = saved();
    let folder = Folder::open(&saved.home.path().join("data")).expect("opens");
    let before = fs::read(&saved.file).expect("read");
    let again = backup(
        &JournalReader::of(&folder),
        &Snapshots::of(&folder),
        &saved.file,
        samples::minute(13),
    );
    assert!(matches!(again, Err(StoreError::File { .. })));
    assert_eq!(fs::read(&saved.file).expect("read"), before);

    let dir = saved.home.path().join("lived-in");
    fs::create_dir(&dir).expect("made");
    fs::write(dir.join("thesis.txt"), "mine").expect("written");
    let refused = restore(&saved.file, &dir).expect_err("not empty");
    assert!(refused.to_string().contains("not empty"), "{refused}");
    assert_eq!(
        fs::read_dir(&dir).expect("read").count(),
        1,
        "nothing was put there"
    );
    assert!(restore(&saved.file, folder.path()).is_err());
    fs::remove_file(dir.join("thesis.txt")).expect("removed");
    restore(&saved.file, &dir).expect("an empty folder is well");
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_nothing() {
    let saved = saved();
    let whole = fs::read(&saved.file).expect("read");
    let spoil = |sql: &str| {
        fs::write(&saved.file, &whole).expect("written");
        let connection = Connection::open(&saved.file).expect("opens");
        connection.execute_batch(sql).expect("spoiled");
    };
    let dir = saved.home.path().join("restored");
    for sql in [
        "UPDATE blocks SET bytes = zeroblob(9) WHERE number = 4",
        "DELETE FROM blocks WHERE number = 12",
        "DELETE FROM vault",
        "UPDATE vault SET key = zeroblob(32)",
        "UPDATE snapshot SET file = zeroblob(1000)",
        "DELETE FROM snapshot",
        "UPDATE manifest SET last = 11",
        "UPDATE manifest SET sha256 = zeroblob(32)",
        "UPDATE manifest SET format = 3",
        "DELETE FROM manifest",
        "DROP TABLE manifest",
        "PRAGMA application_id = 1",
        "PRAGMA user_version = 9",
    ] {
        spoil(sql);
        let refused = restore(&saved.file, &dir).expect_err(sql);
        assert!(!refused.to_string().is_empty());
        assert!(!dir.exists(), "{sql}");
    }
    let mut refusals = 0;
    for at in (0..whole.len()).step_by(809) {
        let mut spoiled = whole.clone();
        spoiled[at] ^= 0x40;
        fs::write(&saved.file, spoiled).expect("written");
        match restore(&saved.file, &dir) {
            // A byte that nothing reads: free space in a page.
            Ok(manifest) => {
                assert_eq!(manifest.sha256, saved.manifest.sha256);
                assert_eq!(
                    verify(&dir).expect("looked at").mistakes,
                    Vec::<String>::new()
                );
                fs::remove_dir_all(&dir).expect("removed");
            }
            Err(_) => refusals += 1,
        }
    }
    assert!(refusals > 2, "{refusals}");
    for cut in [0, 100, 4_096, whole.len() / 2] {
        fs::write(&saved.file, &whole[..cut]).expect("written");
        assert!(restore(&saved.file, &dir).is_err(), "cut to {cut} bytes");
    }
    fs::remove_file(&saved.file).expect("removed");
    assert!(matches!(
        restore(&saved.file, &dir),
        Err(StoreError::File { .. })
    ));
}

#[test]
fn a_backup_taken_while_the_city_goes_on_is_of_one_moment() {
    let home = home();
    let folder = Folder::open(&home.path().join("data")).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    for number in 1..=400 {
        journal
            .append(&samples::block(number, 40), &[])
            .expect("written");
    }
    let reader = journal.reader();
    let snapshots = Snapshots::of(&folder);
    let stop = AtomicBool::new(false);
    let (manifests, last) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut number = 400;
            while !stop.load(Ordering::Relaxed) {
                number += 1;
                journal
                    .append(&samples::block(number, 40), &[])
                    .expect("written");
            }
            number
        });
        let manifests: Vec<Manifest> = (0..4)
            .map(|index| {
                let file = home.path().join(format!("{index}.backup"));
                backup(&reader, &snapshots, &file, samples::minute(0)).expect("made")
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        (manifests, writer.join().expect("wrote on"))
    });
    assert!(manifests[3].last < BlockNumber(last) || manifests[3].last == BlockNumber(last));
    assert!(
        manifests[0].last < manifests[3].last,
        "the writer did go on: {manifests:?}"
    );
    for (index, manifest) in manifests.iter().enumerate() {
        let dir = home.path().join(format!("restored-{index}"));
        let file = home.path().join(format!("{index}.backup"));
        assert_eq!(restore(&file, &dir).expect("restored"), *manifest);
        let restored = Folder::open(&dir).expect("opens");
        let blocks = blocks_of(&JournalReader::of(&restored));
        let upto = usize::try_from(manifest.last.0).expect("small");
        assert_eq!(blocks, blocks_of(&reader)[..upto]);
    }
}

/// A block in which somebody attaches what was kept.
fn attaching(number: u64, file: domain::attachment::AttachedFile) -> Block {
    use domain::attachment::AttachGiven;
    use domain::command::Input;
    let given = AttachGiven {
        id: None,
        incident: domain::ids::IncidentId::new(1, 0),
        by: domain::account::Actor::Machine,
        file,
    };
    let mut block = samples::block(number, 0);
    block.inputs = vec![Input::Attach(Box::new(given))];
    block
}

#[test]
fn attachments_come_back_and_one_that_is_missing_or_damaged_is_said_by_name() {
    use domain::attachment::{AttachedFile, AttachmentName, MediaType};
    let home = home();
    let data = home.path().join("data");
    let folder = Folder::open(&data).expect("opens");
    let (mut journal, _) = Journal::open(&folder, false).expect("opens");
    let store = super::super::Attachments::open(&folder, 1 << 20).expect("opens");
    for number in 1..=2 {
        let file = AttachedFile {
            name: AttachmentName::of(&format!("井盖 {number}.jpg"), MediaType::Jpeg),
            kind: MediaType::Jpeg,
            file: store
                .keep(format!("photo {number}").as_bytes())
                .expect("kept"),
            size: None,
            preview: Some(
                store
                    .keep(format!("small {number}").as_bytes())
                    .expect("kept"),
            ),
        };
        journal
            .append(&attaching(number, file), &[])
            .expect("written");
    }
    let good = verify(&data).expect("looked at");
    assert!(good.is_good() && good.attachments == 4, "{good}");
    let saved = home.path().join("city.backup");
    let snapshots = Snapshots::of(&folder);
    backup(&journal.reader(), &snapshots, &saved, samples::minute(2)).expect("made");
    let back = home.path().join("back");
    restore(&saved, &back).expect("restored");
    let restored = verify(&back).expect("looked at");
    assert!(
        restored.is_good() && restored.attachments == 4,
        "{restored}"
    );
    let path = |bytes: &str| {
        let hash = domain::attachment::ContentHash(Sha256::digest(bytes.as_bytes()).into());
        let name = hash.to_string();
        back.join("attachments").join(&name[..2]).join(name)
    };
    let mode = fs::metadata(path("photo 1"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_file(path("photo 1")).expect("removed");
    fs::write(path("photo 2"), "another").expect("written");
    let bad = verify(&back).expect("looked at").to_string();
    assert!(
        bad.contains("attachment \"井盖 1.jpg\" of incident i1-0: its file"),
        "{bad}"
    );
    assert!(
        bad.contains("is damaged") && bad.contains("(attachment \"井盖 2.jpg\""),
        "{bad}"
    );
    // A damaged file does not go into a backup unseen.
    let again = Journal::open(&Folder::open(&back).expect("opens"), false)
        .expect("opens")
        .0;
    let unsafe_copy = home.path().join("again.backup");
    let refused = backup(
        &again.reader(),
        &snapshots,
        &unsafe_copy,
        samples::minute(2),
    );
    assert!(matches!(refused, Err(StoreError::DamagedAttachment { .. })));
}
