//! How kernels are written once and run twice: as plain code for every machine, and compiled again with AVX2 and
//! fused multiply-add for the machines that have them, chosen at run time.
//!
//! A kernel is an `#[inline(always)]` body generic over [`Arithmetic`]; `dispatch!` makes the two copies and the
//! choice. No intrinsics, no `-C target-cpu`: the compiler turns the fixed-size lanes of a body into vectors. The
//! plain copy is the oracle of the other one in the tests. The two differ in the last bits (a fused product is not
//! rounded), so results are bit-equal on one machine and equal to rounding between machines.

/// The one operation that the two copies of a kernel do differently.
pub trait Arithmetic {
    /// `a · b + c`.
    fn madd(a: f64, b: f64, c: f64) -> f64;
    /// `a · b + c` in single precision.
    fn madd32(a: f32, b: f32, c: f32) -> f32;
}

/// Product, then sum: two roundings, fast on every machine.
pub struct Plain;

impl Arithmetic for Plain {
    #[inline(always)]
    fn madd(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
    #[inline(always)]
    fn madd32(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

/// Fused: one rounding. Only for code compiled with the `fma` feature; elsewhere it would be a library call.
pub struct Fused;

impl Arithmetic for Fused {
    #[inline(always)]
    fn madd(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn madd32(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

/// Whether this machine runs the AVX2 copies (the answer is cached by the standard library).
#[inline]
pub fn accelerated() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Defines a function that runs `$body::<Fused>` compiled for AVX2 and FMA where the machine has both, and
/// `$body::<Plain>` elsewhere.
macro_rules! dispatch {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $out:ty)? = $body:ident) => {
        $(#[$doc])*
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn with_avx2($($arg: $kind),*) $(-> $out)? {
                    $body::<$crate::dsp::simd::Fused>($($arg),*)
                }
                if $crate::dsp::simd::accelerated() {
                    // SAFETY: `accelerated` has just found AVX2 and FMA on this machine, and nothing else is asked
                    // for: the function is safe code compiled with these two features.
                    return unsafe { with_avx2($($arg),*) };
                }
            }
            $body::<$crate::dsp::simd::Plain>($($arg),*)
        }
    };
}
pub(crate) use dispatch;

/// Filter states below this are cleared between stretches of audio: far below any signal (−500 dB), and far above the
/// denormal numbers that would make a filter fed with silence a hundred times slower.
pub const STATE_FLOOR: f64 = 1e-25;

/// Clears decayed filter states.
#[inline]
pub fn flush(states: &mut [f64]) {
    for state in states {
        if state.abs() < STATE_FLOOR {
            *state = 0.0;
        }
    }
}

/// [`flush`] in single precision.
#[inline]
pub fn flush32(states: &mut [f32]) {
    for state in states {
        if state.abs() < STATE_FLOOR as f32 {
            *state = 0.0;
        }
    }
}

/// The greater of two numbers as the machine does it: `b` where either is no number.
#[inline(always)]
pub fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// [`greater`] in single precision.
#[inline(always)]
pub fn greater32(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
