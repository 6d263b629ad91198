/** What the station and its thru thread say to each other. */
export interface ThruPorts {
  /** Null while there is none. */
  input: string | null;
  output: string | null;
}

/** Ports are opened anew also when their names are the same. */
export type ToThru = { type: 'connect'; ports: ThruPorts } | { type: 'close' };

export type FromThru = { type: 'problem'; problem: string } | { type: 'closed' };
