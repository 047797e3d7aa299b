namespace Grpc.Core;

/// <summary>What a channel does about its connection.</summary>
public enum ConnectivityState
{
    Idle,
    Connecting,
    Ready,
    TransientFailure,
    Shutdown,
}
