FROM python:3.12-slim
WORKDIR /app
ENV GLASSBOX_HOME=/app/.glassbox PIP_NO_CACHE_DIR=1
# The processor's build of torch; leave the index away for a host with a GPU.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.txt .
RUN pip install --extra-index-url "$TORCH_INDEX" -r requirements.txt
COPY . .
# The weights travel with the image: no start waits for a network.
RUN python -m core.model && useradd glassbox && chown -R glassbox /app
USER glassbox
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health')"
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.fileWatcherType=none"]
