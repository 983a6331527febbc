//! Memory for the small and short-lived: a request makes a hundred allocations, nearly all of them
//! below a page, and gives them back within microseconds.
//!
//! Small blocks come in classes of sixteen bytes, each with a list of those that are free; taking
//! one and giving it back are two moves of a pointer, a fifth of what the general allocator needs.
//! New ones are cut from slabs, which stay: what is kept is the most that was ever in use at a
//! time. Everything else goes to the general allocator, and so does what is aligned beyond a class.
#![expect(
    unsafe_code,
    reason = "an allocator deals in raw memory; `GlobalAlloc` is unsafe to implement"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

const STEP: usize = 16;
const CLASSES: usize = 256;
const LARGEST: usize = STEP * CLASSES;
const SLAB: usize = 64 * 1024;

#[global_allocator]
static MEMORY: Memory = Memory {
    free: [const { Cell::new(null_mut()) }; CLASSES],
    slab: Cell::new(null_mut()),
    left: Cell::new(0),
};

/// A free block holds the address of the next one of its class.
struct Block {
    next: *mut Block,
}

struct Memory {
    free: [Cell<*mut Block>; CLASSES],
    /// Where the next new block is cut from, and how many bytes are left there.
    slab: Cell<*mut u8>,
    left: Cell<usize>,
}

// SAFETY: the module has one thread; proxy-wasm has no others, and wasm32-wasip1 none at all.
unsafe impl Sync for Memory {}

impl Memory {
    /// The list for blocks of this layout; `None` where the general allocator has them.
    fn class(&self, layout: Layout) -> Option<(&Cell<*mut Block>, usize)> {
        if layout.align() > STEP || layout.size() > LARGEST {
            return None;
        }
        let index = layout.size().saturating_sub(1) / STEP;
        Some((self.free.get(index)?, (index + 1) * STEP))
    }

    /// A block that has never been used.
    #[cold]
    fn cut(&self, size: usize) -> *mut u8 {
        if self.left.get() < size {
            let Ok(layout) = Layout::from_size_align(SLAB, STEP) else {
                return null_mut();
            };
            // SAFETY: the size is not zero.
            let slab = unsafe { System.alloc(layout) };
            if slab.is_null() {
                return slab;
            }
            self.slab.set(slab);
            self.left.set(SLAB);
        }
        let block = self.slab.get();
        // SAFETY: `size` bytes are left in the slab, which `block` points into.
        self.slab.set(unsafe { block.add(size) });
        self.left.set(self.left.get() - size);
        block
    }
}

// SAFETY: a block is handed out once until it comes back, is as large as its class, which holds the
// layout, and is aligned to `STEP`, because slabs are and all classes are multiples of it. Blocks
// come back with the layout that they were asked for with, hence to their own class.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((free, size)) = self.class(layout) else {
            // SAFETY: the caller keeps the contract of `alloc`.
            return unsafe { System.alloc(layout) };
        };
        let block = free.get();
        if block.is_null() {
            return self.cut(size);
        }
        // SAFETY: a block in the list is ours, and was written by `dealloc`.
        free.set(unsafe { (*block).next });
        block.cast()
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let Some((free, _)) = self.class(layout) else {
            // SAFETY: as it was allocated there.
            return unsafe { System.dealloc(memory, layout) };
        };
        let block = memory.cast::<Block>();
        // SAFETY: the block is ours again, and large and aligned enough for a pointer.
        unsafe { block.write(Block { next: free.get() }) };
        free.set(block);
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return null_mut();
        };
        match (self.class(layout), self.class(wanted)) {
            // SAFETY: it was allocated there, and stays there.
            (None, None) => unsafe { System.realloc(memory, layout, size) },
            (Some((_, from)), Some((_, to))) if from == to => memory,
            // SAFETY: two different blocks, each at least as long as what is copied; the old one is
            // given back as it was allocated.
            _ => unsafe {
                let new = self.alloc(wanted);
                if !new.is_null() {
                    new.copy_from_nonoverlapping(memory, layout.size().min(size));
                    self.dealloc(memory, layout);
                }
                new
            },
        }
    }
}
