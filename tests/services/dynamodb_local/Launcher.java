import java.lang.reflect.Field;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * Starts DynamoDB Local on 127.0.0.1 alone. It has no option for that and would listen on every interface, so the
 * address is set on the connectors of the HTTP server inside before it starts.
 */
public final class Launcher {
  private Launcher() {}

  public static void main(String[] arguments) throws Exception {
    DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(arguments);
    int bound = 0;
    for (Field field : proxy.getClass().getDeclaredFields()) {
      if (!Server.class.isAssignableFrom(field.getType())) continue;
      field.setAccessible(true);
      for (Connector connector : ((Server) field.get(proxy)).getConnectors()) {
        ((ServerConnector) connector).setHost("127.0.0.1");
        ++bound;
      }
    }
    if (bound == 0) throw new IllegalStateException("found no connector to bind to 127.0.0.1");
    proxy.start();
    proxy.join();
  }
}
