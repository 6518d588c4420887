import { type ArrayHeader, createArrayHeader, type ElementStarts } from "./array-wire.ts";
import { type Decoder, type DecoderSpec, type Encoder, type Fields, Unrepresentable } from "./contract.ts";
import { createListLevels, type ListExtent, listExtent, listLevels } from "./list-levels.ts";
import { spread } from "./nested.ts";
import { addNulled, createNulledCounter } from "./nulled.ts";

export interface ArraySpec extends DecoderSpec {
  /** `array`: array_send; `shaped_array`: see shaped-array.ts. */
  readonly codec: "array" | "shaped_array";
  readonly dimensions: number;
  /** Type OID of the elements on the wire. */
  readonly elementOid: number;
  readonly element: DecoderSpec;
  readonly unrepresentable: "error" | "null";
}

/** One way for arrays to travel. */
export interface ArrayForm {
  /** Reads the shape of the value in `fields.bytes[start .. end)`. @throws BronzeError WIRE_CORRUPT */
  readShape(fields: Fields, start: number, end: number, header: ArrayHeader): void;
  /** Appends where the elements of the shape that was read last lie. @throws BronzeError WIRE_CORRUPT */
  readElements(fields: Fields, header: ArrayHeader, into: ElementStarts): void;
  /** The wire form of the elements of one extent. */
  write(extent: ListExtent, elements: readonly (Uint8Array | null)[]): Uint8Array;
}

/** Gathers all elements of a batch, has the element's decoder read them at once, and puts the lists around them. */
export function createArrayDecoder(spec: ArraySpec, elementDecoder: Decoder, form: ArrayForm): Decoder {
  const levels = createListLevels(spec.dimensions);
  const counter = createNulledCounter();
  const header = createArrayHeader();
  const elements: ElementStarts = { starts: new Int32Array(64), count: 0, nullCount: 0 };

  function collect(fields: Fields): void {
    const { view, starts, begin, count } = fields;
    levels.begin(count);
    elements.count = 0;
    elements.nullCount = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = starts[begin + slot]!;
      if (start === -1) {
        levels.addNull(slot);
        continue;
      }
      form.readShape(fields, start, start + view.getInt32(start - 4), header);
      const misfit = misfitOf(header, spec.dimensions);
      if (misfit === null) {
        levels.add(slot, header);
        form.readElements(fields, header, elements);
      } else if (spec.unrepresentable === "null") {
        levels.addNull(slot);
        counter.add(misfit);
      } else {
        throw new Unrepresentable(slot, misfit, header.dimensions === spec.dimensions ? "policy" : "dimensions");
      }
    }
  }

  return {
    nulled: () => addNulled([counter.nulled(), elementDecoder.nulled()]),
    decode(fields) {
      collect(fields);
      const { bytes, view } = fields;
      const { starts, count, nullCount } = elements;
      try {
        return levels.around(elementDecoder.decode({ bytes, view, starts, begin: 0, count, nullCount }));
      } catch (error) {
        if (!(error instanceof Unrepresentable)) throw error;
        throw new Unrepresentable(levels.slotOfElement(error.slot), error.message, error.remedy);
      }
    },
  };
}

/** Why an array doesn't fit a list of so many levels, or null when it does. */
function misfitOf(header: ArrayHeader, dimensions: number): string | null {
  if (header.dimensions === 0) return null;
  if (header.dimensions !== dimensions) {
    return `an array of ${header.dimensions} dimensions, declared with ${dimensions}`;
  }
  for (let level = 0; level < dimensions; level++) {
    const lowerBound = header.lowerBounds[level]!;
    if (lowerBound !== 1) return `an array with lower bound ${lowerBound}, where a list begins at 1`;
  }
  return null;
}

/** The inverse of {@link createArrayDecoder}. */
export function createArrayEncoder(spec: ArraySpec, elementEncoder: Encoder, form: ArrayForm): Encoder {
  return {
    encode(vector) {
      const { levels, elements } = listLevels(vector, spec.dimensions);
      const values = elementEncoder.encode(elements);
      return spread(vector.slots, vector.validity, (index) => form.write(listExtent(levels, index), values));
    },
  };
}
