using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Scheduler.Rep.Runtime.Containerd.Api;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>Calls of containerd over its socket, in one of its namespaces. Connects again by itself after containerd has restarted.</summary>
internal sealed class ContainerdClient : IDisposable
{
    /// <summary>The first version whose shims and interface this driver knows.</summary>
    private static readonly System.Version Oldest = new(1, 6);

    /// <summary>How often a task is deleted whose shim does not answer, with the options' wait in between.</summary>
    private const int DeleteAttempts = 10;

    private readonly ContainerdOptions _options;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly GrpcChannel _channel;
    private readonly Metadata _headers;
    private readonly Tasks.TasksClient _tasks;
    private readonly Containers.ContainersClient _containers;

    /// <param name="timeout">Of one call, except that of <see cref="WaitAsync"/>.</param>
    public ContainerdClient(ContainerdOptions options, TimeSpan timeout, TimeProvider time)
    {
        (_options, _timeout, _time) = (options, timeout, time);
        _channel = GrpcChannel.ForAddress(
            "http://containerd",
            new GrpcChannelOptions
            {
                DisposeHttpClient = true,
                MaxReceiveMessageSize = 16 << 20,
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = ConnectAsync,
                    EnableMultipleHttp2Connections = true, // each process has a call that waits for its end
                    UseProxy = false,
                },
            }
        );
        _headers = new Metadata { { "containerd-namespace", options.Namespace } };
        _tasks = new Tasks.TasksClient(_channel);
        _containers = new Containers.ContainersClient(_channel);
    }

    /// <summary>What keeps this machine from using containerd, without a call; null if its socket answers.</summary>
    public static string? Lacks(ContainerdOptions options)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(options.Address));
            return null;
        }
        catch (SocketException failure)
        {
            return $"{options.Address}: {failure.Message}";
        }
    }

    /// <exception cref="ContainerRuntimeException">It does not answer, or is too old; says how to fix it.</exception>
    public async Task<string> CheckAsync(CancellationToken cancellation)
    {
        var client = new Api.Version.VersionClient(_channel);
        var said = await CallAsync(call => client.VersionAsync(new Empty(), call), cancellation);
        var version = said.Version.TrimStart('v').Split('~', '-', '+')[0];
        if (System.Version.TryParse(version, out var known) && known < Oldest)
            throw new ContainerRuntimeException($"containerd {said.Version} at {_options.Address} is too old: {Oldest} is needed");
        return said.Version;
    }

    /// <summary>Creates a container and starts its first process, which has no streams.</summary>
    /// <param name="config">An OCI configuration.</param>
    /// <returns>The pid of the first process.</returns>
    public async Task<int> RunAsync(
        string id,
        byte[] config,
        IReadOnlyDictionary<string, string> labels,
        Options options,
        CancellationToken cancellation
    )
    {
        var container = new Container
        {
            Id = id,
            Runtime = new() { Name = "io.containerd.runc.v2", Options = Packed("containerd.runc.v1.Options", options.ToByteString()) },
            Spec = Packed("types.containerd.io/opencontainers/runtime-spec/1/Spec", ByteString.CopyFrom(config)),
        };
        container.Labels.Add(labels.ToDictionary());
        await CallAsync(call => _containers.CreateAsync(new CreateContainerRequest { Container = container }, call), cancellation);
        await CallAsync(call => _tasks.CreateAsync(new CreateTaskRequest { ContainerId = id }, call), cancellation);
        var started = await CallAsync(call => _tasks.StartAsync(new StartRequest { ContainerId = id }, call), cancellation);
        return (int)started.Pid;
    }

    /// <summary>Prepares a process in a container.</summary>
    /// <param name="config">The process of an OCI configuration.</param>
    /// <param name="output">Path of a named pipe, like <paramref name="error"/>.</param>
    public Task AddProcessAsync(string id, string process, byte[] config, string output, string error, CancellationToken cancellation)
    {
        var request = new ExecProcessRequest
        {
            ContainerId = id,
            ExecId = process,
            Stdout = output,
            Stderr = error,
            Spec = Packed("types.containerd.io/opencontainers/runtime-spec/1/Process", ByteString.CopyFrom(config)),
        };
        return CallAsync(call => _tasks.ExecAsync(request, call), cancellation);
    }

    /// <returns>Its pid.</returns>
    public async Task<int> StartProcessAsync(string id, string process, CancellationToken cancellation)
    {
        var request = new StartRequest { ContainerId = id, ExecId = process };
        return (int)(await CallAsync(call => _tasks.StartAsync(request, call), cancellation)).Pid;
    }

    /// <param name="process">Empty: the first one.</param>
    /// <returns>Null: containerd does not know it.</returns>
    public async Task<Process?> FindAsync(string id, string process, CancellationToken cancellation)
    {
        try
        {
            var request = new GetRequest { ContainerId = id, ExecId = process };
            return (await CallAsync(call => _tasks.GetAsync(request, call), cancellation)).Process;
        }
        catch (ContainerdException failure) when (failure.Code == StatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Waits for the end of a process, however long it takes.</summary>
    /// <returns>Its exit code, 128 + n for signal n.</returns>
    public async Task<int> WaitAsync(string id, string process, CancellationToken cancellation)
    {
        var request = new WaitRequest { ContainerId = id, ExecId = process };
        var call = new CallOptions(_headers, cancellationToken: cancellation);
        return (int)(await TranslateAsync(async () => await _tasks.WaitAsync(request, call), cancellation)).ExitStatus;
    }

    /// <summary>Forgets a process that has ended, or was only prepared; succeeds if there is none.</summary>
    public Task RemoveProcessAsync(string id, string process, CancellationToken cancellation) =>
        IfThereAsync(
            call => _tasks.DeleteProcessAsync(new DeleteProcessRequest { ContainerId = id, ExecId = process }, call),
            cancellation
        );

    /// <summary>Kills all processes of a container and forgets it; succeeds if there is none.</summary>
    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        if (await FindAsync(id, "", cancellation) is { Status: not ProcessStatus.Stopped })
        {
            await IfThereAsync(
                call =>
                    _tasks.KillAsync(
                        new KillRequest
                        {
                            ContainerId = id,
                            Signal = 9,
                            All = true,
                        },
                        call
                    ),
                cancellation
            );
            await IfThereAsync(call => _tasks.WaitAsync(new WaitRequest { ContainerId = id }, call), cancellation);
        }

        // Also where no process was found: if a start is cut off, as when a rep is killed, the shim is left without one.
        await DeleteTaskAsync(id, cancellation);
        await IfThereAsync(call => _containers.DeleteAsync(new DeleteContainerRequest { Id = id }, call), cancellation);
    }

    /// <summary>A shim that was killed answers no call. containerd notices, and removes it by itself a moment later.</summary>
    private async Task DeleteTaskAsync(string id, CancellationToken cancellation)
    {
        for (var left = DeleteAttempts; ; left--)
        {
            try
            {
                await IfThereAsync(call => _tasks.DeleteAsync(new DeleteTaskRequest { ContainerId = id }, call), cancellation);
                return;
            }
            catch (ContainerdException failure) when (failure.Code == StatusCode.Unknown && left > 1)
            {
                await Task.Delay(_options.Retry, _time, cancellation);
            }
        }
    }

    /// <summary>Removes the namespace if nothing is in it.</summary>
    public async Task RemoveNamespaceAsync(CancellationToken cancellation)
    {
        var client = new Namespaces.NamespacesClient(_channel);
        try
        {
            await IfThereAsync(call => client.DeleteAsync(new DeleteNamespaceRequest { Name = _options.Namespace }, call), cancellation);
        }
        catch (ContainerdException failure) when (failure.Code == StatusCode.FailedPrecondition)
        {
            // another cell, or another client, has something in it
        }
    }

    public void Dispose() => _channel.Dispose();

    private async Task IfThereAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> make, CancellationToken cancellation)
    {
        try
        {
            await CallAsync(make, cancellation);
        }
        catch (ContainerdException failure) when (failure.Code == StatusCode.NotFound)
        {
            // as it should be
        }
    }

    private Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> make, CancellationToken cancellation)
    {
        var call = new CallOptions(_headers, _time.GetUtcNow().UtcDateTime + _timeout, cancellation);
        return TranslateAsync(async () => await make(call), cancellation);
    }

    private async Task<T> TranslateAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (RpcException failure)
        {
            cancellation.ThrowIfCancellationRequested();
            throw failure.StatusCode switch
            {
                StatusCode.Unavailable => new ContainerdException(
                    failure.StatusCode,
                    $"containerd does not answer at {_options.Address}: start it, or set --containerd-address ({failure.Status.Detail})",
                    failure
                ),
                StatusCode.DeadlineExceeded => new ContainerdException(
                    failure.StatusCode,
                    $"containerd did not answer within {_timeout}",
                    failure
                ),
                _ => new ContainerdException(failure.StatusCode, failure.Status.Detail, failure),
            };
        }
    }

    private static Any Packed(string type, ByteString value) => new() { TypeUrl = type, Value = value };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_options.Address), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>containerd refused a call, or did not answer.</summary>
internal sealed class ContainerdException(StatusCode code, string message, Exception inner) : ContainerRuntimeException(message, inner)
{
    public StatusCode Code => code;
}
