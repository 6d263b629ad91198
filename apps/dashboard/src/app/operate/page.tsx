import { StationsPage } from '../../operate/stations-page';

export default function Page() {
  return <StationsPage />;
}
