//! The command line of Gulou: serve, and everything done to a data folder from outside.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::account::{Account, AccountChange, Role};
use domain::audit::{AuditAsked, What};
use domain::ids::{AccountName, DepartmentId, JurisdictionCode, KeyId, VaultToken};
use domain::time::Timestamp;
use gulou::assemble::{self, Failure};
use gulou::config::ServeOptions;
use gulou::control::{Reply, Request, ask};
use gulou::web::site::{Site, SiteFile};
use gulou::{city, ground, replay, simulate, store, web};

/// Blocks are made by one thread and let go of by others all the time, which leaves the system's own allocator full of holes.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

// `FILES` and `PACKAGE_FOLDER`, as `build.rs` wrote them.
include!(concat!(env!("OUT_DIR"), "/site_table.rs"));

static SITE: Site = Site {
    files: FILES,
    package_folder: PACKAGE_FOLDER,
};

/// 鼓楼 Gulou, an open city operations centre (智慧城市运行中心).
#[derive(Parser)]
#[command(name = "gulou", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve(Box<ServeOptions>),
    /// Local accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Keys for feeds and readers.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Plays a recorded or scripted day through the public door.
    Replay(replay::Replay),
    /// Writes the day of a scenario, and what is true of it, into files.
    Simulate(simulate::Simulate),
    /// Writes a recorded day as observations that `gulou replay` takes, without what is personal.
    ExportDay(assemble::ExportDay),
    /// Lists every mistake of the configuration; exit 2 if any.
    CheckConfig(Box<ServeOptions>),
    /// Lists every mistake of a city pack; exit 2 if any.
    CheckCity { folder: PathBuf },
    /// One line `POSITION SHA256` of the picture.
    Digest {
        #[arg(long)]
        data: PathBuf,
        /// Steps the journal from its first block instead of asking the picture at hand.
        #[arg(long)]
        from_journal: bool,
    },
    /// Writes an online backup into one file.
    Backup {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        to: PathBuf,
    },
    /// Makes a data folder of a backup.
    Restore {
        file: PathBuf,
        #[arg(long)]
        data: PathBuf,
    },
    /// Destroys what is known of a caller, by the token that an incident's evidence shows. Backups made before still hold it.
    Erase {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        token: VaultToken,
    },
    /// The audit log: who did what, chained so that nobody changes it unseen.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Checks every block, snapshot and record of a data folder; exit 2 if anything is wrong.
    Verify {
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Makes an account; the password is read from standard input.
    Add {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        name: AccountName,
        #[arg(long)]
        role: Role,
        #[arg(long)]
        department: Option<DepartmentId>,
        #[arg(long)]
        town: Option<JurisdictionCode>,
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    List {
        #[arg(long)]
        data: PathBuf,
    },
    Disable {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        name: AccountName,
    },
    /// Prints the long-lived token by which an unattended wall screen signs itself in: `/wall?token=TOKEN`.
    /// It ends when the account is disabled, so give each screen an account of its own.
    WallToken {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        name: AccountName,
    },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Makes a key and prints it once.
    Add {
        #[arg(long)]
        data: PathBuf,
        /// The sources it may speak for; `*` stands for any characters.
        #[arg(long)]
        source: String,
        /// It may also read and follow the live stream.
        #[arg(long)]
        read: bool,
        #[arg(long, default_value = "")]
        note: String,
    },
    List {
        #[arg(long)]
        data: PathBuf,
    },
    Revoke {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        id: KeyId,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Checks every link; names the first broken one and exits 2. A server may be running in the folder.
    Verify {
        #[arg(long)]
        data: PathBuf,
        /// An end that was printed earlier and kept elsewhere: proves that nothing was taken from the log since.
        #[arg(long, value_name = "ENTRY:SHA256")]
        head: Option<String>,
    },
    /// Prints entries, newest first.
    List {
        #[arg(long)]
        data: PathBuf,
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
        since: Option<Timestamp>,
        /// Before this moment
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
        until: Option<Timestamp>,
        /// An account's name, or `@key/ID`, `@command-line`, `@gulou`, `@unknown`
        #[arg(long, value_name = "WHO")]
        actor: Option<String>,
        #[arg(long)]
        what: Option<What>,
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
}

/// Exit statuses: 0 done, 1 failed, 2 mistakes were found in what was given.
const MISTAKES: u8 = 2;

fn main() -> ExitCode {
    let log = tracing_subscriber::EnvFilter::try_from_env("GULOU_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr)
        // A log that nobody reads any more must not end the thread that writes to it.
        .log_internal_errors(false)
        .init();
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(Failure(why)) => {
            // Standard error may be closed; the exit status still says it.
            let _closed = writeln!(std::io::stderr(), "gulou: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(options) => match options.checked() {
            Ok(config) => assemble::serve(config, &SITE).map(|()| ExitCode::SUCCESS),
            Err(mistakes) => Ok(list_mistakes(&mistakes)),
        },
        Command::CheckConfig(options) => Ok(match options.checked() {
            Ok(_) => {
                say("the configuration is good");
                ExitCode::SUCCESS
            }
            Err(mistakes) => list_mistakes(&mistakes),
        }),
        Command::CheckCity { folder } => {
            let code = city::report(&folder, &mut std::io::stdout())
                .map_err(|error| Failure(format!("failed to print the mistakes: {error}")))?;
            match ground::pack_mistake(&folder) {
                Some(mistake) => {
                    say(&mistake);
                    Ok(ExitCode::from(2))
                }
                None => Ok(ExitCode::from(code)),
            }
        }
        Command::Replay(recording) => {
            let played = recording
                .run()
                .map_err(|error| Failure(error.to_string()))?;
            say(&played.to_string());
            Ok(if played.failed.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Simulate(day) => {
            let written = day.run().map_err(|error| Failure(error.to_string()))?;
            // Standard output may be the day itself.
            let _closed = writeln!(std::io::stderr(), "{written}");
            Ok(ExitCode::SUCCESS)
        }
        Command::ExportDay(day) => {
            let what = format!("the observations of {}", day.day);
            match ask(&day.data, Request::Export { what })? {
                Reply::Done => {}
                other => return finish(other),
            }
            let exported = day.run().map_err(|error| Failure(error.to_string()))?;
            say(&exported.to_string());
            Ok(ExitCode::SUCCESS)
        }
        Command::User { command } => user(command),
        Command::Erase { data, token } => finish(ask(&data, Request::Erase(token))?),
        Command::Audit { command } => audit(command),
        Command::Key { command } => key(command),
        Command::Digest { data, from_journal } => {
            finish(ask(&data, Request::Digest { from_journal })?)
        }
        Command::Backup { data, to } => {
            let to = std::path::absolute(&to).map_err(|error| Failure(error.to_string()))?;
            finish(ask(&data, Request::Backup { to })?)
        }
        Command::Restore { file, data } => {
            let done = store::restore(&file, &data).map_err(|error| Failure(error.to_string()))?;
            say(&format!("restored up to block {}", done.last.0));
            if done.snapshot.is_none() {
                say(
                    "it has no snapshot that this version can read: the first start replays the whole journal",
                );
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify { data } => {
            let findings = store::verify(&data).map_err(|error| Failure(error.to_string()))?;
            say(&findings.to_string());
            Ok(if findings.is_good() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(MISTAKES)
            })
        }
    }
}

fn audit(command: AuditCommand) -> Result<ExitCode, Failure> {
    let failed = |error: store::StoreError| Failure(error.to_string());
    match command {
        AuditCommand::Verify { data, head } => {
            let log = store::AuditReader::in_folder(&data);
            Ok(match log.verify(head.as_deref()).map_err(failed)? {
                None => {
                    say(
                        "the folder is of before there was an audit log; the next start begins one",
                    );
                    ExitCode::from(MISTAKES)
                }
                Some(Ok(unbroken)) => {
                    say(&format!("unbroken: {unbroken}"));
                    ExitCode::SUCCESS
                }
                Some(Err(broken)) => {
                    say(&broken.to_string());
                    ExitCode::from(MISTAKES)
                }
            })
        }
        AuditCommand::List {
            data,
            since,
            until,
            actor,
            what,
            limit,
        } => {
            let asked = AuditAsked {
                since,
                until,
                who: actor,
                what,
                before: None,
                limit,
            };
            let log = store::AuditReader::in_folder(&data);
            for entry in log.list(&asked).map_err(failed)?.entries {
                let (number, at) = (entry.entry, entry.at.to_rfc3339_utc());
                let (who, what) = (entry.who, entry.what.name());
                say(&format!(
                    "{number:>8} {at} {who:<20} {what:<16} {} {}",
                    entry.about, entry.detail
                ));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn user(command: UserCommand) -> Result<ExitCode, Failure> {
    match command {
        UserCommand::Add {
            data,
            name,
            role,
            department,
            town,
            password_stdin: _,
        } => {
            if role == Role::Department && department.is_none() {
                return Err(Failure(
                    "an account of role department needs --department".into(),
                ));
            }
            let password = password_from_stdin(&name)?;
            let account = Account {
                name,
                role,
                department,
                town,
                password_hash: web::hash_password(&password)?,
                disabled: false,
                demo: false,
            };
            finish(ask(
                &data,
                Request::Change(AccountChange::PutAccount(account)),
            )?)
        }
        UserCommand::List { data } => finish(ask(&data, Request::Accounts)?),
        UserCommand::Disable { data, name } => finish(ask(
            &data,
            Request::Change(AccountChange::DisableAccount(name)),
        )?),
        UserCommand::WallToken { data, name } => finish(ask(&data, Request::WallToken(name))?),
    }
}

fn password_from_stdin(name: &AccountName) -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure(format!("failed to read the password: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    let faults = web::password_faults(password, name);
    if !faults.is_empty() {
        return Err(Failure(faults.join("; ")));
    }
    Ok(password.to_owned())
}

fn key(command: KeyCommand) -> Result<ExitCode, Failure> {
    match command {
        KeyCommand::Add {
            data,
            source,
            read,
            note,
        } => {
            let (secret, key) = assemble::new_key(&source, read, &note)?;
            match ask(&data, Request::Change(AccountChange::PutKey(key)))? {
                Reply::Done => {
                    say(&secret);
                    Ok(ExitCode::SUCCESS)
                }
                other => finish(other),
            }
        }
        KeyCommand::List { data } => finish(ask(&data, Request::Keys)?),
        KeyCommand::Revoke { data, id } => {
            finish(ask(&data, Request::Change(AccountChange::RevokeKey(id)))?)
        }
    }
}

fn finish(reply: Reply) -> Result<ExitCode, Failure> {
    match reply {
        Reply::Done => {}
        Reply::Failed(why) => return Err(Failure(why)),
        Reply::Digest { position, sha256 } => say(&format!("{position} {sha256}")),
        Reply::Token(token) => say(&token),
        Reply::BackedUp { position } => say(&format!("backed up to block {position}")),
        Reply::Accounts(accounts) => {
            for account in accounts {
                let scope = [account.department, account.town]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ");
                let state = if account.disabled { "disabled" } else { "" };
                say(&format!(
                    "{:<24} {:<14} {scope:<20} {state}",
                    account.name, account.role
                ));
            }
        }
        Reply::Keys(keys) => {
            for key in keys {
                let right = if key.read { "feed+read" } else { "feed" };
                let state = if key.revoked { "revoked" } else { "" };
                say(&format!(
                    "{} {:<24} {right:<10} {state:<8} {}",
                    key.id, key.source_glob, key.note
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list_mistakes(mistakes: &[String]) -> ExitCode {
    for mistake in mistakes {
        // As above: the exit status says it too.
        let _closed = writeln!(std::io::stderr(), "{mistake}");
    }
    ExitCode::from(MISTAKES)
}

fn say(line: &str) {
    // Whoever reads may have closed the pipe.
    let _closed = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_found_and_has_a_type() {
        for file in FILES {
            let found = SITE.file(file.path);
            assert!(
                found.is_some_and(|found| std::ptr::eq(found, file)),
                "{}",
                file.path
            );
            assert_ne!(
                file.content_type(),
                web::site::UNKNOWN_TYPE,
                "{}",
                file.path
            );
        }
    }
}
