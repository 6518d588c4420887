import { createHash } from "node:crypto";

/**
 * Keys as 48 bits of their SHA-256: 8 bytes of memory for each, however long it is. It knows every key that was added. Of three million
 * keys in it, one other key in a hundred million looks like one of them: an orphan that stays. Add all first, then ask.
 */
export class KeySet {
  #hashes = new Float64Array(1024);
  #size = 0;
  #isSorted = true;

  add(key: string): void {
    if (this.#size === this.#hashes.length) {
      const larger = new Float64Array(this.#size * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#size++] = hashOf(key);
    this.#isSorted = false;
  }

  has(key: string): boolean {
    if (!this.#isSorted) this.#hashes.subarray(0, this.#size).sort();
    this.#isSorted = true;
    const wanted = hashOf(key);
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#hashes[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#size && this.#hashes[low] === wanted;
  }
}

function hashOf(key: string): number {
  return createHash("sha256").update(key).digest().readUIntBE(0, 6);
}
