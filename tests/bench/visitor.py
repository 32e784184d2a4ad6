"""A visitor without a browser, who speaks to a real server over its websocket as a browser does.

No drawing, so what is measured is the server alone, and one program can be many people.
"""

import time
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from tests.server import ROOT

ECHO = ROOT / "tests" / "bench" / "echo.py"
PATIENCE = 120  # seconds
THROUGH = ForwardMsg.FINISHED_SUCCESSFULLY


class Visitor:
    """One open session on one page."""

    def __init__(self, address: str, page: str = "", query: str = "lang=en"):
        stream = address.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = connect(stream, subprotocols=["streamlit"], max_size=None)
        self._page, self._query, self._script = page, query, ""
        self._ids: dict[str, str] = {}  # of the widgets, by their key
        self._states: dict[str, WidgetState] = {}
        self.kinds: set[str] = set()  # of the elements that the last run drew
        self.rerun()

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None):
        self._socket.close()

    def rerun(self) -> float:
        """Have the page run as it is; the seconds from asking until it is through."""
        request = BackMsg()
        request.rerun_script.query_string = self._query
        request.rerun_script.page_script_hash = self._script
        if not self._script:
            request.rerun_script.page_name = self._page
        request.rerun_script.widget_states.widgets.extend(self._states.values())
        asked = time.perf_counter()
        self._socket.send(request.SerializeToString())
        self._read()
        return time.perf_counter() - asked

    def move(self, slider: str, value: float) -> float:
        """Move a slider; the seconds until the page has followed."""
        state = self._state(slider)
        state.double_array_value.data[:] = [value]
        return self.rerun()

    def type(self, words: str, box: str = "prompt") -> float:
        """Type into a box; the seconds until the page has followed."""
        self._state(box).string_value = words
        return self.rerun()

    def wait_for_model(self):
        """Until no bar on the page says that the model is on its way."""
        end = time.monotonic() + PATIENCE
        while "progress" in self.kinds:
            if time.monotonic() > end:
                raise TimeoutError("the model did not come")
            time.sleep(0.3)
            self.rerun()
        if "alert" in self.kinds:
            raise RuntimeError("there is no model")

    def _state(self, key: str) -> WidgetState:
        widget = self._ids[key]
        return self._states.setdefault(widget, WidgetState(id=widget))

    def _read(self):
        """All that the server sends, until the run is through."""
        self.kinds = set()
        while True:
            message = ForwardMsg.FromString(self._socket.recv(timeout=PATIENCE))
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._see(message.delta.new_element)
            elif kind == "new_session":
                self._script = message.new_session.page_script_hash
            elif kind == "navigation":  # knows better than the session's beginning
                self._script = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            # Started over (st.rerun) is not through.
            elif kind == "script_finished" and message.script_finished == THROUGH:
                return

    def _see(self, element):
        kind = element.WhichOneof("type")
        if kind is None:
            return
        self.kinds.add(kind)
        widget = getattr(getattr(element, kind), "id", "")
        if widget.startswith("$$ID-"):
            self._ids[widget.split("-", 2)[2]] = widget
