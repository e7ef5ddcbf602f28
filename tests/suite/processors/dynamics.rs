//! Compressor and multiband: static curve, time constants, crossover sum.
