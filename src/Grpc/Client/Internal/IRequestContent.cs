namespace Grpc.Net.Client.Internal;

/// <summary>What a call sends: an <see cref="HttpContent"/> that can be told that the call has ended.</summary>
internal interface IRequestContent
{
    void Release();
}
