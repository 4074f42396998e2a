//! What the server is told: command line beats environment beats file. Raw options here, checked before anything starts.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use crate::ground::{Address, Ground, GroundOptions};
use crate::scenario::MinuteOfDay;

const USUAL_LISTEN: &str = "127.0.0.1:8080";
const USUAL_DATA: &str = "data";
/// A fire is being fought, a storm has been warned of and is a quarter of an hour away: more to see than at any real hour.
const USUAL_DEMO_HOUR: MinuteOfDay = MinuteOfDay::new(13 * 60 + 45);
const USUAL_RETENTION_DAYS: u32 = 365;
/// Faster than this a batch a second no longer fits through the door.
const FASTEST_DEMO: f64 = 60.0;

/// Options of `gulou serve`, as given.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeOptions {
    /// A TOML file with the same keys (listen, data, city, …).
    #[arg(long, env = "GULOU_CONFIG")]
    pub config: Option<PathBuf>,
    /// A city pack's folder; the Dongguan pack is inside the program.
    #[arg(long, env = "GULOU_CITY")]
    pub city: Option<PathBuf>,
    /// Where journal, records and snapshots lie.
    #[arg(long, env = "GULOU_DATA")]
    pub data: Option<PathBuf>,
    /// Address and port; port 0 takes a free one.
    #[arg(long, env = "GULOU_LISTEN")]
    pub listen: Option<String>,
    /// Plays a demonstration city with accounts anybody may use (演示数据).
    #[arg(long, env = "GULOU_DEMO")]
    pub demo: bool,
    /// The hour of its day at which the demonstration begins, such as 8 or 13:45 (the usual one).
    #[arg(long, env = "GULOU_DEMO_HOUR", value_name = "HH[:MM]")]
    pub demo_hour: Option<String>,
    /// So many times as fast as a day passes; only with --demo.
    #[arg(long, env = "GULOU_SPEED", value_name = "X")]
    pub speed: Option<f64>,
    #[arg(long, env = "GULOU_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    #[arg(long, env = "GULOU_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Whose `X-Forwarded-For` is believed, as CIDR.
    #[arg(long, env = "GULOU_TRUSTED_PROXY")]
    pub trusted_proxy: Option<String>,
    /// So many days of the live picture can be shown again (1 to 3650; usually 30).
    #[arg(long, env = "GULOU_RECORDINGS_DAYS", value_name = "DAYS")]
    pub recordings_days: Option<u32>,
    /// So many gigabytes of it at most; the oldest goes first (usually 20).
    #[arg(long, env = "GULOU_RECORDINGS_GB", value_name = "GB")]
    pub recordings_gb: Option<f64>,
    /// A caller's name and phone are erased so many days after his incident ended (1 to 36500; usually 365).
    #[arg(long, env = "GULOU_REPORTER_RETENTION_DAYS", value_name = "DAYS")]
    pub reporter_retention_days: Option<u32>,
    /// So many gigabytes of attachments at most; then new ones are refused (usually 50).
    #[arg(long, env = "GULOU_ATTACHMENTS_GB", value_name = "GB")]
    pub attachments_gb: Option<f64>,
    /// Networks that webhooks may be sent to besides public addresses, as CIDR, separated by commas.
    #[arg(long, env = "GULOU_WEBHOOK_NETWORK", value_name = "CIDR")]
    pub webhook_network: Option<String>,
    #[command(flatten)]
    pub ground: GroundOptions,
    /// Cuts the journal at a block that cannot be read, and says what was lost.
    #[arg(long)]
    pub accept_loss: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfigFile {
    city: Option<PathBuf>,
    data: Option<PathBuf>,
    listen: Option<String>,
    demo: Option<bool>,
    demo_hour: Option<String>,
    speed: Option<f64>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    trusted_proxy: Option<String>,
    recordings_days: Option<u32>,
    recordings_gb: Option<f64>,
    reporter_retention_days: Option<u32>,
    attachments_gb: Option<f64>,
    webhook_network: Option<String>,
    basemap_pmtiles: Option<PathBuf>,
    basemap_url: Option<Address>,
    basemap_label_url: Option<Address>,
    basemap_subdomains: Option<String>,
    basemap_max_zoom: Option<u8>,
    basemap_attribution: Option<String>,
    imagery: Option<PathBuf>,
}

/// Checked: every value may be used as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub city: Option<PathBuf>,
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub demo: bool,
    pub demo_pace: DemoPace,
    pub tls: Option<TlsFiles>,
    pub trusted_proxy: Option<Network>,
    pub recordings: Recordings,
    /// So long after their incident ended callers are known.
    pub reporters_kept_ms: i64,
    pub attachments_most_bytes: u64,
    pub webhook_networks: Vec<Network>,
    pub ground: Ground,
    pub accept_loss: bool,
}

/// How much of the past of the live picture is kept; whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recordings {
    pub kept_ms: i64,
    pub most_bytes: u64,
}

/// How the demonstration plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemoPace {
    /// The hour of its day at which it begins.
    pub hour: MinuteOfDay,
    /// So many times as fast as a day passes.
    pub speed: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Addresses of a CIDR, both families.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    address: std::net::IpAddr,
    bits: u8,
}

impl Network {
    pub fn parse(option: &str, text: &str) -> Result<Self, String> {
        let bad = || format!("{option}: \"{text}\" is not a network such as 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, bits.parse::<u8>().map_err(|_| bad())?),
            None => (text, if text.contains(':') { 128 } else { 32 }),
        };
        let address: std::net::IpAddr = address.parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if bits > most {
            return Err(bad());
        }
        Ok(Self { address, bits })
    }

    pub fn contains(&self, peer: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address, peer.to_canonical()) {
            (V4(network), V4(peer)) => {
                let shift = 32 - u32::from(self.bits);
                shift == 32 || u32::from(network) >> shift == u32::from(peer) >> shift
            }
            (V6(network), V6(peer)) => {
                let shift = 128 - u32::from(self.bits);
                shift == 128 || u128::from(network) >> shift == u128::from(peer) >> shift
            }
            _ => false,
        }
    }
}

fn read_file(path: &Path) -> Result<ConfigFile, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            text[..span.start.min(text.len())].matches('\n').count() + 1
        });
        format!("{}:{line}: {}", path.display(), error.message())
    })
}

fn demo_pace(
    demo: bool,
    hour: Option<&str>,
    speed: Option<f64>,
    mistakes: &mut Vec<String>,
) -> DemoPace {
    if !demo && (hour.is_some() || speed.is_some()) {
        mistakes.push("demo-hour and speed are for --demo only".into());
    }
    let hour = match hour.map(str::parse) {
        None => USUAL_DEMO_HOUR,
        Some(Ok(hour)) => hour,
        Some(Err(error)) => {
            mistakes.push(format!("demo-hour: {error}"));
            USUAL_DEMO_HOUR
        }
    };
    let speed = speed.unwrap_or(1.0);
    if !(speed > 0.0 && speed <= FASTEST_DEMO) {
        mistakes.push(format!(
            "speed: {speed} is not more than 0 and at most {FASTEST_DEMO}"
        ));
    }
    DemoPace { hour, speed }
}

fn recordings(days: Option<u32>, gigabytes: Option<f64>, mistakes: &mut Vec<String>) -> Recordings {
    const USUAL_DAYS: i64 = 30;
    const USUAL_BYTES: u64 = 20 << 30;
    const MOST_DAYS: u32 = 3_650;
    const DAY_MS: i64 = 24 * 3_600_000;
    const GIGABYTE: f64 = (1_u64 << 30) as f64;
    let mut limits = Recordings {
        kept_ms: USUAL_DAYS * DAY_MS,
        most_bytes: USUAL_BYTES,
    };
    match days {
        Some(days) if (1..=MOST_DAYS).contains(&days) => limits.kept_ms = i64::from(days) * DAY_MS,
        Some(days) => mistakes.push(format!(
            "recordings-days: {days} is not a number of days from 1 to {MOST_DAYS}"
        )),
        None => {}
    }
    match gigabytes {
        Some(most) if (0.01..=100_000.0).contains(&most) => {
            limits.most_bytes = (most * GIGABYTE) as u64;
        }
        Some(most) => mistakes.push(format!(
            "recordings-gb: {most} is not a number of gigabytes from 0.01 to 100000"
        )),
        None => {}
    }
    limits
}

fn networks(said: Option<&str>, mistakes: &mut Vec<String>) -> Vec<Network> {
    let mut networks = Vec::new();
    for one in said.into_iter().flat_map(|said| said.split(',')) {
        match Network::parse("webhook-network", one.trim()) {
            Ok(network) => networks.push(network),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    networks
}

fn attachments(gigabytes: Option<f64>, mistakes: &mut Vec<String>) -> u64 {
    const USUAL: f64 = 50.0;
    const GIGABYTE: f64 = (1_u64 << 30) as f64;
    let most = gigabytes.unwrap_or(USUAL);
    if !(0.0..=100_000.0).contains(&most) {
        mistakes.push(format!(
            "attachments-gb: {most} is not a number of gigabytes from 0 to 100000"
        ));
    }
    (most * GIGABYTE) as u64
}

impl ServeOptions {
    /// Every mistake at once.
    pub fn checked(self) -> Result<Config, Vec<String>> {
        let mut mistakes = Vec::new();
        let file = match self.config.as_deref().map(read_file) {
            None => ConfigFile::default(),
            Some(Ok(file)) => file,
            Some(Err(mistake)) => {
                mistakes.push(mistake);
                ConfigFile::default()
            }
        };
        let listen_text = self
            .listen
            .or(file.listen)
            .unwrap_or_else(|| USUAL_LISTEN.to_owned());
        let listen = listen_text.parse::<SocketAddr>();
        if listen.is_err() {
            mistakes.push(format!(
                "listen: \"{listen_text}\" is not an address and port such as {USUAL_LISTEN}"
            ));
        }
        let city = self.city.or(file.city);
        if let Some(city) = &city
            && !city.is_dir()
        {
            mistakes.push(format!("city: {} is not a folder", city.display()));
        }
        let tls = match (
            self.tls_cert.or(file.tls_cert),
            self.tls_key.or(file.tls_key),
        ) {
            (Some(cert), Some(key)) => {
                for (name, path) in [("tls-cert", &cert), ("tls-key", &key)] {
                    if !path.is_file() {
                        mistakes.push(format!("{name}: {} is not a file", path.display()));
                    }
                }
                Some(TlsFiles { cert, key })
            }
            (None, None) => None,
            _ => {
                mistakes.push("tls-cert and tls-key go together".into());
                None
            }
        };
        let trusted_proxy = match self
            .trusted_proxy
            .or(file.trusted_proxy)
            .as_deref()
            .map(|text| Network::parse("trusted-proxy", text))
        {
            None => None,
            Some(Ok(network)) => Some(network),
            Some(Err(mistake)) => {
                mistakes.push(mistake);
                None
            }
        };
        let demo = self.demo || file.demo.unwrap_or(false);
        let hour = self.demo_hour.or(file.demo_hour);
        let demo_pace = demo_pace(
            demo,
            hour.as_deref(),
            self.speed.or(file.speed),
            &mut mistakes,
        );
        let recordings = recordings(
            self.recordings_days.or(file.recordings_days),
            self.recordings_gb.or(file.recordings_gb),
            &mut mistakes,
        );
        let days = self
            .reporter_retention_days
            .or(file.reporter_retention_days)
            .unwrap_or(USUAL_RETENTION_DAYS);
        if !(1..=36_500).contains(&days) {
            mistakes.push(format!(
                "reporter-retention-days: {days} is not a number of days from 1 to 36500"
            ));
        }
        let webhook_networks = self.webhook_network.or(file.webhook_network);
        let webhook_networks = networks(webhook_networks.as_deref(), &mut mistakes);
        let attachments_most_bytes =
            attachments(self.attachments_gb.or(file.attachments_gb), &mut mistakes);
        let ground = self.ground.or(GroundOptions {
            basemap_pmtiles: file.basemap_pmtiles,
            basemap_url: file.basemap_url,
            basemap_label_url: file.basemap_label_url,
            basemap_subdomains: file.basemap_subdomains,
            basemap_max_zoom: file.basemap_max_zoom,
            basemap_attribution: file.basemap_attribution,
            imagery: file.imagery,
        });
        let ground = Ground::checked(&ground, city.as_deref(), tls.is_some(), &mut mistakes);
        match (listen, mistakes.is_empty()) {
            (Ok(listen), true) => Ok(Config {
                city,
                data: self.data.or(file.data).unwrap_or_else(|| USUAL_DATA.into()),
                listen,
                demo,
                demo_pace,
                tls,
                trusted_proxy,
                recordings,
                reporters_kept_ms: i64::from(days) * 24 * 3_600_000,
                attachments_most_bytes,
                webhook_networks,
                ground,
                accept_loss: self.accept_loss,
            }),
            _ => Err(mistakes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_the_file_and_every_mistake_is_named_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("gulou.toml");
        fs::write(&path, "listen = \"127.0.0.1:9000\"\ndemo = true\n").expect("writes");
        let options = ServeOptions {
            config: Some(path.clone()),
            listen: Some("127.0.0.1:0".into()),
            ..ServeOptions::default()
        };
        let config = options.checked().expect("good");
        assert_eq!(config.listen.port(), 0);
        assert!(config.demo);
        fs::write(&path, "listen = \"nowhere\"\ncolour = 1\n").expect("writes");
        let options = ServeOptions {
            config: Some(path),
            trusted_proxy: Some("10.0.0.0/40".into()),
            tls_key: Some("key.pem".into()),
            ..ServeOptions::default()
        };
        let mistakes = options.checked().expect_err("bad");
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        assert!(mistakes[0].contains("gulou.toml:2"), "{mistakes:?}");
    }

    #[test]
    fn the_demonstration_has_an_hour_and_a_speed_and_nobody_else_has() {
        let options = |demo: bool, hour: &str, speed: f64| ServeOptions {
            demo,
            demo_hour: Some(hour.into()),
            speed: Some(speed),
            ..ServeOptions::default()
        };
        let config = options(true, "8", 4.0).checked().expect("good");
        assert_eq!(config.demo_pace.hour.minutes(), 480);
        let usual = ServeOptions::default().checked().expect("good");
        assert_eq!(usual.demo_pace.hour, USUAL_DEMO_HOUR);
        let mistakes = options(false, "25:00", 0.0).checked().expect_err("bad");
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    }

    #[test]
    fn how_long_the_past_is_kept_is_said_in_days_and_gigabytes() {
        let options = |days, gigabytes| ServeOptions {
            recordings_days: Some(days),
            recordings_gb: Some(gigabytes),
            ..ServeOptions::default()
        };
        let config = options(7, 0.5).checked().expect("good");
        assert_eq!(config.recordings.kept_ms, 7 * 24 * 3_600_000);
        assert_eq!(config.recordings.most_bytes, 512 << 20);
        let mistakes = options(0, -1.0).checked().expect_err("bad");
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    }

    #[test]
    fn how_long_callers_are_known_is_said_in_days() {
        let options = |days| ServeOptions {
            reporter_retention_days: Some(days),
            ..ServeOptions::default()
        };
        let config = options(30).checked().expect("good");
        assert_eq!(config.reporters_kept_ms, 30 * 24 * 3_600_000);
        let usual = ServeOptions::default().checked().expect("good");
        assert_eq!(usual.reporters_kept_ms, 365 * 24 * 3_600_000);
        for days in [0, 36_501] {
            let mistakes = options(days).checked().expect_err("bad");
            assert!(
                mistakes[0].contains("reporter-retention-days"),
                "{mistakes:?}"
            );
        }
    }

    #[test]
    fn a_network_holds_its_own_addresses_only() {
        let network = Network::parse("trusted-proxy", "10.1.0.0/16").expect("good");
        assert!(network.contains("10.1.200.3".parse().expect("address")));
        assert!(!network.contains("10.2.0.1".parse().expect("address")));
        assert!(
            Network::parse("trusted-proxy", "::1")
                .expect("good")
                .contains("::1".parse().expect("address"))
        );
    }
}
