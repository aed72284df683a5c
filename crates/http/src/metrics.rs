//! Figures about a running face, as Prometheus reads them. Knows no figure of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// All figures of one process part; clones are the same figures.
#[derive(Clone, Default)]
pub struct Metrics(Arc<RwLock<BTreeMap<&'static str, Family>>>);

/// Something that only grows.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

/// Something that grows and shrinks.
#[derive(Clone, Default)]
pub struct Gauge(Arc<AtomicI64>);

/// How often something was how large.
#[derive(Clone)]
pub struct Histogram(Arc<Buckets>);

struct Buckets {
    edges: &'static [f64],
    counts: Vec<AtomicU64>,
    /// The sum in millionths.
    sum: AtomicU64,
}

/// Everything of one name.
struct Family {
    help: &'static str,
    kind: &'static str,
    series: BTreeMap<String, Series>,
}

enum Series {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
    Watched(Box<dyn Fn() -> f64 + Send + Sync>),
}

impl Counter {
    /// One more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}

impl Gauge {
    /// So much more, or less.
    pub fn add(&self, change: i64) {
        self.0.fetch_add(change, Ordering::Relaxed);
    }

    /// So much.
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

impl Histogram {
    /// It was so large once more.
    pub fn observe(&self, value: f64) {
        let place = self.0.edges.iter().position(|edge| value <= *edge);
        let place = place.unwrap_or(self.0.edges.len());
        if let Some(count) = self.0.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let millionths = (value.max(0.0) * 1e6) as u64;
        self.0.sum.fetch_add(millionths, Ordering::Relaxed);
    }
}

impl Metrics {
    /// The counter of that name and those labels, made at the first call.
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
    ) -> Counter {
        let made = self.series(name, help, "counter", labels, || {
            Series::Counter(Counter::default())
        });
        match made {
            Series::Counter(counter) => counter,
            Series::Gauge(_) | Series::Histogram(_) | Series::Watched(_) => Counter::default(),
        }
    }

    /// The gauge of that name and those labels, made at the first call.
    pub fn gauge(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Gauge {
        let made = self.series(name, help, "gauge", labels, || {
            Series::Gauge(Gauge::default())
        });
        match made {
            Series::Gauge(gauge) => gauge,
            Series::Counter(_) | Series::Histogram(_) | Series::Watched(_) => Gauge::default(),
        }
    }

    /// The histogram of that name and those labels, made with these edges at the first call.
    pub fn histogram(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
        edges: &'static [f64],
    ) -> Histogram {
        let new = || Histogram::new(edges);
        match self.series(name, help, "histogram", labels, || Series::Histogram(new())) {
            Series::Histogram(histogram) => histogram,
            Series::Counter(_) | Series::Gauge(_) | Series::Watched(_) => new(),
        }
    }

    /// A gauge that is looked at only when somebody asks.
    pub fn watch(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
        value: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let mut families = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let family = families
            .entry(name)
            .or_insert_with(|| Family::new(help, "gauge"));
        family
            .series
            .insert(written(labels), Series::Watched(Box::new(value)));
    }

    fn series(
        &self,
        name: &'static str,
        help: &'static str,
        kind: &'static str,
        labels: &[(&str, &str)],
        new: impl FnOnce() -> Series,
    ) -> Series {
        let labels = written(labels);
        {
            let families = self.0.read().unwrap_or_else(PoisonError::into_inner);
            let known = families
                .get(name)
                .and_then(|family| family.series.get(&labels));
            if let Some(shared) = known.and_then(Series::share) {
                return shared;
            }
        }
        let mut families = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let family = families
            .entry(name)
            .or_insert_with(|| Family::new(help, kind));
        let series = family.series.entry(labels).or_insert_with(new);
        series
            .share()
            .unwrap_or_else(|| Series::Gauge(Gauge::default()))
    }

    /// All figures in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let families = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for (name, family) in &*families {
            // Writing to a text cannot fail; there would be nobody to tell.
            let _ = writeln!(
                text,
                "# HELP {name} {}\n# TYPE {name} {}",
                family.help, family.kind
            );
            for (labels, series) in &family.series {
                let _ = series.render(&mut text, name, labels);
            }
        }
        text
    }
}

impl Family {
    fn new(help: &'static str, kind: &'static str) -> Self {
        Self {
            help,
            kind,
            series: BTreeMap::new(),
        }
    }
}

impl Series {
    fn share(&self) -> Option<Self> {
        match self {
            Self::Counter(counter) => Some(Self::Counter(counter.clone())),
            Self::Gauge(gauge) => Some(Self::Gauge(gauge.clone())),
            Self::Histogram(histogram) => Some(Self::Histogram(histogram.clone())),
            Self::Watched(_) => None,
        }
    }

    fn render(&self, text: &mut String, name: &str, labels: &str) -> std::fmt::Result {
        let braced = match labels {
            "" => String::new(),
            labels => format!("{{{labels}}}"),
        };
        match self {
            Self::Counter(counter) => {
                writeln!(text, "{name}{braced} {}", counter.0.load(Ordering::Relaxed))
            }
            Self::Gauge(gauge) => {
                writeln!(text, "{name}{braced} {}", gauge.0.load(Ordering::Relaxed))
            }
            Self::Watched(value) => writeln!(text, "{name}{braced} {}", value()),
            Self::Histogram(histogram) => histogram.render(text, name, labels, &braced),
        }
    }
}

impl Histogram {
    fn new(edges: &'static [f64]) -> Self {
        Self(Arc::new(Buckets {
            edges,
            counts: (0..=edges.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }))
    }

    fn render(
        &self,
        text: &mut String,
        name: &str,
        labels: &str,
        braced: &str,
    ) -> std::fmt::Result {
        let comma = if labels.is_empty() { "" } else { "," };
        let edges = self.0.edges.iter().map(f64::to_string);
        let edges = edges.chain(std::iter::once("+Inf".to_owned()));
        let mut total = 0;
        for (edge, count) in edges.zip(&self.0.counts) {
            total += count.load(Ordering::Relaxed);
            writeln!(
                text,
                "{name}_bucket{{{labels}{comma}le=\"{edge}\"}} {total}"
            )?;
        }
        let sum = self.0.sum.load(Ordering::Relaxed) as f64 / 1e6;
        writeln!(
            text,
            "{name}_sum{braced} {sum}\n{name}_count{braced} {total}"
        )
    }
}

fn written(labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = write!(text, "{name}=\"{value}\"");
    }
    text
}
