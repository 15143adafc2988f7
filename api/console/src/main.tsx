import "leaflet/dist/leaflet.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/detections.css";
import "./styles/records.css";
import "./styles/map.css";
import "./styles/fleet.css";
import "./styles/review.css";
import { render } from "preact";
import { App } from "./app";

const place = document.getElementById("console");
if (place === null) throw new Error("index.html has no #console");
render(<App />, place);
