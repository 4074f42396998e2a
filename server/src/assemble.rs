//! Joins the stages into a server: the only place that knows them all. Starts, serves, and stops in order.

mod around;
mod back;
mod counting;
mod erasure;
mod export_day;
#[cfg(test)]
mod export_day_tests;
mod files;
mod followers;
mod foresight;
mod gate;
mod ground;
mod lists;
mod live;
mod notifying;
mod past;
#[cfg(test)]
mod past_tests;
mod recovery;
#[cfg(test)]
mod recovery_tests;
mod registry;
pub mod rehearsal;

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use domain::city::City;
use domain::command::Input;
use domain::ids::AccountName;

use crate::city::{CityFiles, LoadedCity, Source};
use crate::config::{Config, TlsFiles};
use crate::control;
use crate::demo;
use crate::ingest;
use crate::notify::Board;
use crate::notify::address::Allowed;
use crate::single_writer::{InForce, Machine, Shadow, Submitter, Writer, queue};
use crate::store::{Attachments, Kept, Outbox, Readings, Recordings, Records};
use crate::stream;
use crate::web;
use crate::web::site::Site;

pub use erasure::{Keeping, by_hand as erase_by_hand};
pub use export_day::{ExportDay, ExportError, Exported};
pub use gate::new_key;
pub use recovery::{NotRecovered, Recovered, recover, recover_recording, replay, wall_clock};
pub use registry::Registry;

/// Blocks a follower may lag before the writer waits for it.
const FOLLOWER_QUEUE: usize = 1_024;
const METRICS_SUMMED_UP: Duration = Duration::from_secs(5);
const LEFT_OVER_LOOKS: Duration = Duration::from_secs(600);
/// How long open requests get to finish after SIGTERM.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the server did not start or did not end well, in words that say what to do.
#[derive(Debug)]
pub struct Failure(pub String);

impl From<NotRecovered> for Failure {
    fn from(error: NotRecovered) -> Self {
        Self(error.0)
    }
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self(error)
    }
}

/// Everything requests and the control socket share.
pub struct Works {
    pub submitter: Submitter<Kept>,
    pub registry: Arc<Registry>,
    pub hub: stream::Hub,
    pub in_force: InForce,
    pub around: Arc<around::Around>,
    pub records: Arc<crate::store::Records>,
    pub progress: Arc<followers::Progress>,
    pub readings: Arc<crate::store::Readings>,
    pub readings_progress: Arc<followers::Progress>,
    pub recordings: Arc<crate::store::Recordings>,
    pub recordings_progress: Arc<followers::Progress>,
    pub journal: crate::store::JournalReader,
    pub snapshots: crate::store::Snapshots,
    pub files: CityFiles,
    pub attached: Arc<files::AttachedFiles>,
    pub notifying: Arc<notifying::Notifying>,
    pub themes: Vec<domain::indicator::Theme>,
    pub evaluation: Arc<domain::evaluation::Evaluation>,
    pub tally: Arc<ingest::tally::Tally>,
    pub data: std::path::PathBuf,
    pub demo: bool,
}

/// Runs the server until SIGTERM or SIGINT.
pub fn serve(config: Config, site: &'static Site) -> Result<(), Failure> {
    let metrics = web::install_metrics()?;
    let loaded = load_city(&config)?;
    let kept = crate::store::recordings::Limits {
        kept_ms: config.recordings.kept_ms,
        most_bytes: config.recordings.most_bytes,
        ..Default::default()
    };
    let recovered = recover_recording(&config.data, config.accept_loss, kept)?;
    check_city_is_ours(
        &config,
        recovered.machine.picture().city.as_deref(),
        &loaded.city,
    )?;
    let listener = TcpListener::bind(config.listen)
        .map_err(|error| format!("failed to listen on {}: {error}", config.listen))?;
    let address = listener
        .local_addr()
        .map_err(|error| format!("failed to learn the address: {error}"))?;
    let running = Running::start(recovered, loaded, &config)?;
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure(format!("failed to start the runtime: {error}")))?
        .block_on(serve_http(
            &running, metrics, listener, address, &config, site,
        ));
    running.stop();
    outcome
}

fn load_city(config: &Config) -> Result<LoadedCity, Failure> {
    let source = match &config.city {
        Some(folder) => Source::Folder(folder.clone()),
        None => Source::Embedded,
    };
    crate::city::load(&source).map_err(|mistakes| {
        let list: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failure(format!("the city pack has mistakes:\n{}", list.join("\n")))
    })
}

/// A data folder belongs to one city; another is taken only when it is named.
fn check_city_is_ours(config: &Config, kept: Option<&City>, loaded: &City) -> Result<(), Failure> {
    match kept {
        Some(kept) if kept.id != loaded.id && config.city.is_none() => Err(Failure(format!(
            "the data folder {} belongs to {} ({}); name its pack with --city DIR, or another folder with --data DIR",
            config.data.display(),
            kept.name,
            kept.id
        ))),
        _ => Ok(()),
    }
}

/// The threads behind the web.
struct Running {
    works: Arc<Works>,
    sessions: Arc<back::KeptSessions>,
    stop: Arc<AtomicBool>,
    writer: std::thread::JoinHandle<Machine>,
    followers: Vec<std::thread::JoinHandle<()>>,
    shadow: std::thread::JoinHandle<()>,
    snapshots: crate::store::Snapshots,
    _folder: crate::store::Folder,
}

impl Running {
    fn start(recovered: Recovered, loaded: LoadedCity, config: &Config) -> Result<Self, Failure> {
        let Recovered {
            folder,
            journal,
            records,
            readings,
            recordings,
            snapshots,
            machine,
            snapshot,
        } = recovered.resumed(wall_clock())?;
        let epoch = followers::epoch(&journal.life().map_err(|error| error.to_string())?);
        let registry = Arc::new(Registry::of(machine.picture()));
        let (hub, follow_hub) = stream::Hub::start(machine.picture(), epoch);
        let hub = hub.telling_time(wall_clock);
        let records = Arc::new(records);
        let readings = Arc::new(readings);
        let recordings = Arc::new(recordings);
        let block = machine.picture().block;
        let progress = Arc::new(followers::Progress::of::<Records>(block));
        let readings_progress = Arc::new(followers::Progress::of::<Readings>(block));
        let recordings_progress =
            Arc::new(followers::Progress::of::<Recordings>(recordings.applied()));
        let (submitter, inbox) = queue();
        let stop = Arc::new(AtomicBool::new(false));
        let reader = journal.reader();
        let (to_hub, hub_inbox) = sync_channel(FOLLOWER_QUEUE);
        let (to_records, records_inbox) = sync_channel(FOLLOWER_QUEUE);
        let (to_readings, readings_inbox) = sync_channel(FOLLOWER_QUEUE);
        let (to_recordings, recordings_inbox) = sync_channel(FOLLOWER_QUEUE);
        let sessions = Arc::new(back::KeptSessions::open(&folder)?);
        let around = Arc::new(around::Around::of(machine.picture()));
        let kept = Attachments::open(&folder, config.attachments_most_bytes)
            .map_err(|error| error.to_string())?;
        let attached = Arc::new(files::AttachedFiles::of(machine.picture(), kept));
        let in_force = machine.in_force();
        let outbox = Outbox::open(&folder, &journal, notifying::wording)
            .and_then(|outbox| outbox.reconcile(machine.picture()).map(|()| outbox))
            .map_err(|error| error.to_string())?;
        let outbox = Arc::new(outbox);
        let outbox_progress = Arc::new(followers::Progress::of::<Outbox>(block));
        let (to_outbox, outbox_inbox) = sync_channel(FOLLOWER_QUEUE);
        let networks = config.webhook_networks.clone();
        let allowed =
            Allowed::by(move |address| networks.iter().any(|network| network.contains(address)));
        let notifying = Arc::new(notifying::Notifying::new(
            Arc::new(Board::of(machine.picture())),
            outbox.clone(),
            allowed,
            journal.webhook_key().map_err(|error| error.to_string())?,
        ));
        let same_city = machine.picture().city.as_deref() == Some(&loaded.city);
        let witness = {
            let (registry, progress) = (registry.clone(), progress.clone());
            let around = around.clone();
            let attached = attached.clone();
            let (notifying, outbox_progress) = (notifying.clone(), outbox_progress.clone());
            let readings_progress = readings_progress.clone();
            let recordings_progress = recordings_progress.clone();
            Box::new(move |stepped: &domain::change::Stepped| {
                progress.expect(stepped);
                readings_progress.expect(stepped);
                recordings_progress.expect(stepped);
                registry.witness(stepped);
                around.witness(stepped);
                attached.witness(stepped);
                outbox_progress.expect(stepped);
                notifying.witness(stepped);
            })
        };
        let writer = Writer {
            machine,
            ledger: gate::JournalLedger(journal),
            inbox,
            clock: wall_clock,
            witness,
            followers: vec![to_records, to_readings, to_recordings, to_outbox, to_hub],
            stop: stop.clone(),
        };
        let writer = named_thread("single-writer", move || writer.run())?;
        let records_thread = {
            let (records, progress) = (records.clone(), progress.clone());
            named_thread("records", move || {
                followers::project(&*records, &records_inbox, &progress)
            })?
        };
        let readings_thread = {
            let (readings, progress) = (readings.clone(), readings_progress.clone());
            named_thread("readings", move || {
                followers::project(&*readings, &readings_inbox, &progress)
            })?
        };
        let recordings_thread = {
            let (recordings, progress) = (recordings.clone(), recordings_progress.clone());
            named_thread("recordings", move || {
                followers::project(&*recordings, &recordings_inbox, &progress)
            })?
        };
        let outbox_thread = {
            let stir = notifying.stir.clone();
            named_thread("outbox", move || {
                followers::project(&*outbox, &outbox_inbox, &outbox_progress);
                stir.notify_one();
            })?
        };
        let upkeep = {
            let (recordings, stop) = (recordings.clone(), stop.clone());
            named_thread("upkeep", move || {
                followers::look_after(&recordings, wall_clock, &stop);
            })?
        };
        let hub_thread = named_thread("hub", move || follow_hub(hub_inbox))?;
        let shadow = {
            let (reader, snapshots, stop) = (reader.clone(), snapshots.clone(), stop.clone());
            let in_force = in_force.clone();
            named_thread("shadow", move || {
                followers::shadow(Shadow::of(snapshot, in_force), &reader, &snapshots, &stop);
            })?
        };
        let works = Arc::new(Works {
            submitter,
            registry,
            hub,
            in_force,
            around,
            records,
            progress,
            readings,
            readings_progress,
            recordings,
            recordings_progress,
            journal: reader,
            snapshots: snapshots.clone(),
            files: loaded.files,
            attached,
            notifying,
            themes: loaded.themes,
            evaluation: Arc::new(loaded.evaluation),
            tally: Arc::default(),
            data: config.data.clone(),
            demo: config.demo,
        });
        let erasure = {
            let (works, stop) = (works.clone(), stop.clone());
            let kept_ms = config.reporters_kept_ms;
            named_thread("erasure", move || erasure::go_on(&works, kept_ms, &stop))?
        };
        if !same_city {
            works
                .submitter
                .carry_out_blocking(vec![Input::City(Box::new(loaded.city))], Vec::new())
                .map_err(|why| format!("failed to take the city pack: {why:?}"))?;
        }
        Ok(Self {
            works,
            sessions,
            stop,
            writer,
            followers: vec![
                records_thread,
                readings_thread,
                recordings_thread,
                outbox_thread,
                upkeep,
                hub_thread,
                erasure,
            ],
            shadow,
            snapshots,
            _folder: folder,
        })
    }

    /// Lets the writer finish what is queued, the followers catch up, and writes a snapshot for a quick start.
    fn stop(self) {
        let Self {
            works,
            stop,
            writer,
            followers,
            shadow,
            snapshots,
            ..
        } = self;
        stop.store(true, Ordering::Relaxed);
        if let Err(error) = works.recordings.watched(wall_clock()) {
            tracing::warn!(%error, "the time until the next start will look like a longer gap");
        }
        drop(works);
        let machine = writer.join();
        for follower in followers {
            if follower.join().is_err() {
                tracing::error!("a follower ended badly");
            }
        }
        if shadow.join().is_err() {
            tracing::error!("the shadow ended badly");
        }
        match machine {
            Ok(machine) => {
                if let Err(error) = snapshots.put(machine.picture(), domain::command::LOGIC) {
                    tracing::warn!(%error, "could not write the last snapshot; the next start replays the journal");
                }
            }
            Err(_) => tracing::error!("the writer ended badly"),
        }
    }
}

fn named_thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<std::thread::JoinHandle<T>, Failure> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| Failure(format!("failed to start the thread {name}: {error}")))
}

async fn serve_http(
    running: &Running,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    listener: TcpListener,
    address: SocketAddr,
    config: &Config,
    site: &'static Site,
) -> Result<(), Failure> {
    let works = running.works.clone();
    let sessions = web::Sessions::new(running.sessions.clone());
    let back: Arc<dyn web::Back> = Arc::new(back::Behind::new(works.clone()));
    let metrics_kept = metrics.clone();
    let office = Arc::new(web::Office::new(
        back,
        sessions,
        metrics,
        site,
        ground::opened(&config.ground)?,
        config.tls.is_some(),
    ));
    let live = live::Live::open(office.clone(), works.hub.clone(), config.tls.is_some())?;
    let router = web::routes(office)
        .merge(ingest::door::Door::new(gate::Gate(works.clone()), works.tally.clone()).routes())
        .merge(live.routes())
        .merge(site.router());
    let router = match config.trusted_proxy {
        None => router,
        Some(network) => {
            let trusts: web::forwarded::Trusts = Arc::new(move |peer| network.contains(peer));
            let take_address = web::forwarded::take_address;
            router.layer(axum::middleware::from_fn_with_state(trusts, take_address))
        }
    };
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let base = format!("{scheme}://{address}");
    let socket = control::listen(works.clone())?;
    let handle = axum_server::Handle::new();
    stop_on_signal(handle.clone(), works.notifying.board.clone());
    say(&format!("listening on {base}"));
    let demo = start_demo(&works, &base, config).await?;
    let upkeep = tokio::spawn(sum_up(metrics_kept));
    let left_over = tokio::spawn(remove_left_over(works.attached.clone()));
    let letters = tokio::spawn(notifying::send_letters(works.notifying.clone()));
    let posts = tokio::spawn(notifying::watch_posts(works.clone()));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    listener
        .set_nonblocking(true)
        .map_err(|error| format!("failed to set up the listener: {error}"))?;
    let outcome = match &config.tls {
        None => {
            let mut server = axum_server::from_tcp(listener)
                .map_err(|error| format!("failed to serve: {error}"))?
                .handle(handle);
            limit_headers(server.http_builder());
            server.serve(service).await
        }
        Some(files) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls(files).await?)
                .map_err(|error| format!("failed to serve: {error}"))?
                .handle(handle);
            limit_headers(server.http_builder());
            server.serve(service).await
        }
    };
    socket.abort();
    upkeep.abort();
    left_over.abort();
    letters.abort();
    posts.abort();
    if let Some((stop, player)) = demo {
        stop.store(true, Ordering::Relaxed);
        let joined = tokio::task::spawn_blocking(move || player.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::warn!("the demonstration ended badly");
        }
    }
    outcome.map_err(|error| Failure(format!("the server stopped: {error}")))
}

/// What was timed is kept one by one until somebody asks, or it is summed up: where nobody asks, memory would only grow.
async fn sum_up(metrics: metrics_exporter_prometheus::PrometheusHandle) {
    loop {
        tokio::time::sleep(METRICS_SUMMED_UP).await;
        metrics.run_upkeep();
    }
}

/// Files that were sent and never attached.
async fn remove_left_over(attached: Arc<files::AttachedFiles>) {
    loop {
        tokio::time::sleep(LEFT_OVER_LOOKS).await;
        let attached = attached.clone();
        let looked = tokio::task::spawn_blocking(move || attached.look_after());
        if looked.await.is_err() {
            tracing::error!("looking for files that nothing names ended badly");
        }
    }
}

/// Somebody who sends headers a byte a minute does not hold a connection for ever.
fn limit_headers(
    builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>,
) {
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(Duration::from_secs(15));
}

async fn tls(files: &TlsFiles) -> Result<axum_server::tls_rustls::RustlsConfig, Failure> {
    // Installed already when a test starts two servers in one process.
    let _known = rustls::crypto::ring::default_provider().install_default();
    axum_server::tls_rustls::RustlsConfig::from_pem_file(&files.cert, &files.key)
        .await
        .map_err(|error| Failure(format!("failed to read certificate or key: {error}")))
}

/// Listens from the moment it returns: whoever reads that we are there may stop us at once.
fn stop_on_signal(handle: axum_server::Handle<SocketAddr>, board: Arc<Board>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals cannot be received; stop the process by killing it");
        return;
    };
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: open requests are finished, then everything is written down");
        // Lines that would never end by themselves.
        board.end();
        handle.graceful_shutdown(Some(DRAIN));
    });
}

/// Lines for whoever started the program. A closed standard output is no reason to stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}

type Player = (Arc<AtomicBool>, std::thread::JoinHandle<()>);

/// The demonstration: accounts anybody may use, and a city that lives.
async fn start_demo(
    works: &Arc<Works>,
    base: &str,
    config: &Config,
) -> Result<Option<Player>, Failure> {
    let Some(city) = works.registry.city().filter(|_| config.demo) else {
        return Ok(None);
    };
    let keys = gate::prepare_demo(works, &city).await?;
    say("");
    say(&format!(
        "  演示城市 / demonstration city: {} · {}",
        city.name, city.name_en
    ));
    say(&format!("  坐席 desk      {base}/desk"));
    say_wall(works, base);
    say(&format!("  接口 API       {base}/api/v1/docs"));
    say(&format!("  试用密钥 key   {}", keys.visitor));
    say("  演示账号 demo accounts (name / password / role):");
    for account in demo::accounts() {
        say(&format!(
            "    {:<14} {:<14} {}",
            account.name, account.password, account.role
        ));
    }
    say("");
    let stop = Arc::new(AtomicBool::new(false));
    let player = {
        let (base, stop, pace) = (base.to_owned(), stop.clone(), config.demo_pace);
        named_thread("demo", move || {
            demo::play(&base, &keys.player, city, DEMO_SEED, pace, stop)
        })?
    };
    Ok(Some((stop, player)))
}

/// The address that a screen opens once: it signs itself in from then on.
fn say_wall(works: &Works, base: &str) {
    let wall = AccountName::new("wall")
        .ok()
        .and_then(|name| works.registry.account(&name));
    if let Some(Ok(token)) = wall.as_deref().map(web::wall_token) {
        say(&format!("  大屏 wall      {base}/wall?token={token}"));
    }
}

/// The same demonstration every time.
const DEMO_SEED: u64 = 441_900;
